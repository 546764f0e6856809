"""What keys are called on the screen, also where the config file maps them to others."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import App

_SHORT = {"escape": "Esc", "delete": "Del", "pageup": "PageUp", "pagedown": "PageDown"}
_KEY = re.compile(r"[^\s,]+")


def shown_key(key: str) -> str:
    """As people write it: "Ctrl+J" for "ctrl+j", "K" for "K", "?" for "question_mark"."""
    *modifiers, name = key.split("+")
    return "+".join([*(word.capitalize() for word in modifiers), _shown_name(name, alone=not modifiers)])


def _shown_name(name: str, *, alone: bool) -> str:
    from textual.keys import key_to_character

    if name in _SHORT:
        return _SHORT[name]
    character = key_to_character(name) or ""
    if len(name) > 1 and character.isprintable() and character.strip():
        return character
    return name if alone and len(name) == 1 else name.replace("_", " ").capitalize()


class KeyNames:
    """Finds what a hint has to say in place of a usual key."""

    def __init__(self, others: Mapping[tuple[str, str], str] | None = None) -> None:
        """`others`: by the place of a key and its usual name, that of the one it is mapped to."""
        self._others = others or {}

    def hint(self, hint: str, *places: str) -> str:
        """`hint`, "Esc: stop" say, with the key that it is now. In the first of `places` that knows it, it is meant."""
        keys, colon, does = hint.partition(":")
        if not (self._others and colon):
            return hint
        return self.sentence(keys, *places) + colon + does

    def sentence(self, text: str, *places: str) -> str:
        """`text` of the program's own, in which keys are words."""
        return _KEY.sub(lambda found: self.key(found[0], *places), text) if self._others else text

    def key(self, usual: str, *places: str) -> str:
        return next((self._others[place, usual] for place in places if (place, usual) in self._others), usual)


class NamesKeys:
    """Mixed into an app that maps keys."""

    key_names = KeyNames()


def names_in(app: App[Any]) -> KeyNames:
    return app.key_names if isinstance(app, NamesKeys) else KeyNames()
