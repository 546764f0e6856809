"""The keys that the config file maps to others: what is said there, checked.

What cannot be heeded is left out, one line says why, and the usual keys of that action stay: no line of the table keeps
the program from starting. Wrong is: an id that nothing has, a key that there is not, one that another action has in the
same place (unless both have it by default), and text where it would be written.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from interruptible_tui.tui.bindings import NEVER, all_bindings, canonical, is_key, is_text, is_written_into, meetings
from interruptible_tui.tui.composer import Composer
from interruptible_tui.tui.key_names import KeyNames, shown_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Keymap:
    """`mapped` is for Textual's `set_keymap`, `complaints` for people."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        """`table`: keys, separated by commas, by the ids of bindings; an empty text leaves an action without a key."""
        self.complaints: list[str] = []
        self._known = all_bindings()
        self._own = _editing_keys()
        chosen = {id_: keys for id_, said in table.items() if (keys := self._checked(id_, said)) is not None}
        self._settle(chosen)
        self.mapped = {id_: ",".join(keys) or NEVER for id_, keys in chosen.items()}
        self.names = KeyNames({place: name for id_, keys in chosen.items() for place, name in self._named(id_, keys)})

    def _checked(self, id_: str, said: Any) -> tuple[str, ...] | None:
        """The keys that are `said`; None, with a complaint, if they cannot be had."""
        wrong = self._wrong(id_, said)
        if wrong:
            self._complain(id_, said, wrong)
            return None
        return _split(said)

    def _wrong(self, id_: str, said: Any) -> str:
        bound = self._known.get(id_)
        if not id_:
            return "keys should be a table"
        if not bound:
            near = get_close_matches(id_, self._known, 1)
            return f"nothing has this name{f'; is it {near[0]}?' if near else ''}"
        if not isinstance(said, str):
            return 'should be a text like "escape,ctrl+t"'
        keys = _split(said)
        for key in keys:
            if not is_key(key):
                return f"there is no key {key!r}"
            if is_text(key) and is_written_into(bound.place):
                return f"{shown_key(key)} writes text there"
            if key in self._own and bound.place in {"app", "chat"}:
                return f"{shown_key(key)} edits the text of the input"
        return ""

    def _settle(self, chosen: dict[str, tuple[str, ...]]) -> None:
        """Leave out of `chosen` what takes a key from another action, the last such line first."""
        usual = {id_: bound.keys for id_, bound in self._known.items()}
        allowed = set(meetings(usual))
        lines = list(chosen)
        while wrong := next((each for each in meetings(usual | chosen) if each not in allowed), None):
            one, other, key = wrong
            last = max((one, other), key=lambda id_: lines.index(id_) if id_ in chosen else -1)
            first = other if last == one else one
            self._complain(last, ", ".join(chosen.pop(last)), f"{shown_key(key)} is {self._called(first)} already")

    def _called(self, id_: str) -> str:
        return f'"{id_}" ({self._known[id_].description})'

    def _complain(self, id_: str, said: Any, wrong: str) -> None:
        does = f" ({self._known[id_].description})" if id_ in self._known else ""
        self.complaints.append(f'"{id_}"{does} = {said!r} is left out: {wrong}')

    def _named(self, id_: str, keys: tuple[str, ...]) -> Iterator[tuple[tuple[str, str], str]]:
        """What the hints of the place say in place of its usual keys."""
        bound = self._known[id_]
        for key in bound.keys:
            if key not in keys:
                yield (bound.place, shown_key(key)), shown_key(keys[0]) if keys else "no key"


def _split(said: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(canonical(key.strip()) for key in said.split(",") if key.strip()))


def _editing_keys() -> set[str]:
    """Those of Textual's that the input has."""
    bindings = Composer._merged_bindings  # noqa: SLF001 - Textual tells a class's bindings to nobody else
    return {key for key, bound in bindings if not bound.id} if bindings else set()
