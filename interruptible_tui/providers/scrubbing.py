"""Keeps the key out of a reply: a server that echoes it must not bring it into the conversation, which is stored.

The key may be split over deltas: an end of a text that may be the beginning of the key waits for what follows it.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from interruptible_tui.providers import CallDelta, Delta, Finished, ReasoningDelta, TextDelta
from interruptible_tui.providers.failures import without_key

SHORTEST = 16
"""Characters of a key that is looked for: what is shorter opens nothing, and may be a word, as "ollama" is."""
_PLACEHOLDER = "***"


class Scrubber:
    """Of one reply."""

    def __init__(self, key: str) -> None:
        self._key = key if len(key) >= SHORTEST else ""
        self._held: dict[object, str] = {}
        """What waits of each text: of TextDelta, of ReasoningDelta, and of the arguments of each call by its index."""

    def feed(self, delta: Delta) -> Iterator[Delta]:
        if not self._key:
            yield delta
            return
        match delta:
            case TextDelta(text):
                if (told := self._passed(TextDelta, text)) or not text:
                    yield TextDelta(told)
            case ReasoningDelta(text):
                yield ReasoningDelta(self._passed(ReasoningDelta, text))
            case CallDelta():
                arguments = self._passed(delta.index, delta.arguments)
                yield replace(delta, id=self._whole(delta.id), name=self._whole(delta.name), arguments=arguments)
            case Finished():
                yield from self.rest()
                yield delta

    def rest(self) -> Iterator[Delta]:
        """What waits, when nothing follows it any more; most of a key is as good as the key."""
        held, self._held = self._held, {}
        for of, text in held.items():
            told = without_key(text, self._key)
            if isinstance(of, int):
                yield CallDelta(of, arguments=told)
            else:
                yield TextDelta(told) if of is TextDelta else ReasoningDelta(told)

    def _passed(self, of: object, text: str) -> str:
        """What can be told of `text` and what waited for it."""
        text = (self._held.pop(of, "") + text).replace(self._key, _PLACEHOLDER)
        end = _beginning(text, self._key)
        if end < len(text):
            self._held[of] = text[end:]
        return text[:end]

    def _whole(self, text: str | None) -> str | None:
        return text and text.replace(self._key, _PLACEHOLDER)


def _beginning(text: str, key: str) -> int:
    """Where the end of `text` stands that may be the beginning of `key`; its length if there is none."""
    at = text.find(key[0], max(0, len(text) - len(key) + 1))
    while at >= 0 and not key.startswith(text[at:]):
        at = text.find(key[0], at + 1)
    return at if at >= 0 else len(text)
