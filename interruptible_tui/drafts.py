"""What stands in the composer of a session and was not sent: it is there again at the next start, also after a crash.

It is written down now and then while something is typed, and in the same transaction as a prompt that was sent from
there is accepted: after a crash that is pending, and no draft as well.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from interruptible_tui.events import RewindRequested, Submitted
from interruptible_tui.scratch import Scratch
from interruptible_tui.text import storable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from interruptible_tui.events import SessionEvent
    from interruptible_tui.store import Session, Store, Tables

Pieces = tuple[tuple[str, str], ...]
"""A text in its order: what was typed, with an empty label, and what is attached, with the label that stands for it."""


class Draft(Struct, frozen=True):
    text: Pieces = ()
    behind: int = 0
    """How many characters stand behind the cursor, each attachment counting as its label."""
    left: Mapping[str, Pieces] = field(default_factory=dict)
    """What was written in edits of pending prompts and not saved, by prompt."""
    aside: tuple[Pieces, ...] = ()
    """What else was begun and not sent."""

    def encode(self) -> str:
        """As JSON; empty if nothing stands in it."""
        if not (self.text or self.left or self.aside):
            return ""
        left = {prompt: _plain(pieces) for prompt, pieces in self.left.items()}
        content = {"text": _plain(self.text), "behind": self.behind, "left": left, "aside": [*map(_plain, self.aside)]}
        return json.dumps(content, ensure_ascii=False)

    @classmethod
    def decode(cls, content: str) -> Draft:
        if not content:
            return cls()
        try:
            found = json.loads(content)
            left = {prompt: _pieces(pieces) for prompt, pieces in found["left"].items()}
            return cls(_pieces(found["text"]), int(found["behind"]), left, tuple(map(_pieces, found["aside"])))
        except (ValueError, KeyError, TypeError, AttributeError):  # better in sight than lost
            return cls(((content, ""),))


def _plain(pieces: Pieces) -> list[list[str]]:
    return [[storable(text), storable(label)] for text, label in pieces]


def _pieces(plain: list[Any]) -> Pieces:
    return tuple((text, label) for text, label in plain)


class Drafts:
    """The draft of one session, for who runs it."""

    are_kept = True
    """Whether anything is written down."""

    def __init__(self, store: Store, session: Session) -> None:
        self.standing: Callable[[], Draft] | None = None
        """What stands in the composer now, without what was sent from there; None where there is none."""
        self.scratch = Scratch(store.path.parent, session.id)
        self._store = store
        self._session = session.id
        self._remaining: dict[str, Draft] = {}
        """What stood there when prompts were sent that are not accepted yet, by prompt."""

    async def read(self) -> Draft:
        """The one that was written down last. StoreError."""
        return Draft.decode(await self._store.read(lambda tables: tables.draft(self._session)))

    async def keep(self, draft: Draft) -> None:
        """When this returns it is durable. StoreError."""
        await self._store.write(lambda tables: tables.set_draft(self._session, draft.encode()))

    def sent(self, prompt: str) -> None:
        """`prompt` has just been sent; what remains in the composer becomes the draft as soon as it is accepted."""
        if self.standing:
            self._remaining[prompt] = self.standing()

    def decided(self, prompt: str) -> None:
        """`prompt` has been accepted or refused."""
        self._remaining.pop(prompt, None)

    def write(self, tables: Tables, event: SessionEvent) -> None:
        """`event` is written down, in this transaction. Runs in the store's thread; sqlite3.Error."""
        if isinstance(event, Submitted | RewindRequested) and (remaining := self._remaining.pop(event.id, None)):
            tables.set_draft(self._session, remaining.encode())


class NoDrafts(Drafts):
    """Of who looks on while another one runs the session, and has its draft."""

    are_kept = False

    async def read(self) -> Draft:
        return Draft()

    async def keep(self, draft: Draft) -> None:  # noqa: ARG002 - it stays in the composer
        return
