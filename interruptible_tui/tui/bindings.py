"""All keys of the program, read from the widgets and screens that bind them. The names of keys are Textual's.

- A binding is known by its id: PLACE.WORD. Bindings with one id do the same, and are mapped together.
- Keys of one place meet; those of the chat's parts also meet the chat's, and those of the program meet all.
- Keys that are Textual's own (those that edit the text of the input, those that scroll) have no id and stay.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from msgspec import Struct
from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import Keys, key_to_character

from interruptible_tui.tui.key_names import shown_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_HOME = "interruptible_tui.tui."
LATER = ("delete_ask", "help_screen", "model_picker", "runs", "searching", "sessions_list")
"""Modules with keys that are imported when they are shown."""
MODIFIERS = ("alt", "ctrl", "hyper", "meta", "shift", "super")
"""In the order in which Textual names them."""
NEVER = "f24+f24"
"""Stands for no key at all: no terminal sends it."""
_PARTS_OF_THE_CHAT = {"composer", "pending", "find", "earlier", "transcript"}
_WRITTEN_INTO = {"app", "chat", "composer", "find", "earlier", "help", "models", "rewind", "search", "sessions"}
"""Places in which a key that is text writes that."""
_NAMES = {name for key in Keys if (name := key.value.split("+")[-1]).replace("_", "").isalnum()}


class Bound(Struct, frozen=True):
    """A binding as all that have its id together have it."""

    id: str
    keys: tuple[str, ...]
    action: str
    """Textual's, with neither namespace nor parameters."""
    description: str

    @property
    def place(self) -> str:
        return self.id.partition(".")[0]


def all_bindings() -> dict[str, Bound]:
    """Of the whole program, by id. Imports what is shown later."""
    for name in LATER:
        import_module(_HOME + name)
    return loaded_bindings()


def loaded_bindings() -> dict[str, Bound]:
    found: dict[str, Bound] = {}
    for kind in _kinds(DOMNode):
        for binding in declared(kind):
            bound = bound_as(binding)
            known = found.get(bound.id, bound)
            keys = dict.fromkeys([*known.keys, *bound.keys])
            found[bound.id] = Bound(bound.id, tuple(keys), known.action, known.description or bound.description)
    return dict(sorted(found.items()))


def declared(kind: type[DOMNode]) -> Iterator[Binding]:
    """What the class itself binds, if it is one of the program's."""
    if kind.__module__.startswith(_HOME):
        yield from (each for each in kind.__dict__.get("BINDINGS", ()) if isinstance(each, Binding))


def bound_as(binding: Binding) -> Bound:
    keys = tuple(canonical(key.strip()) for key in binding.key.split(","))
    action = binding.action.partition("(")[0].rpartition(".")[2]
    return Bound(binding.id or "", keys, action, binding.description)


def _kinds(kind: type[DOMNode]) -> Iterator[type[DOMNode]]:
    for each in kind.__subclasses__():
        yield each
        yield from _kinds(each)


# -- keys -------------------------------------------------------------------------------------------------------------


def canonical(key: str) -> str:
    """As Textual calls the key. Whether it is one, `is_key` says."""
    if len(key) == 1:
        return _name(key)
    *modifiers, name = key.split("+")
    modifiers = sorted(word.strip().lower() for word in modifiers)
    name = _name(name.strip().lower())
    if modifiers == ["shift"] and len(name) == 1 and name.isalpha():
        return name.upper()
    return "+".join([*modifiers, name])


def _name(name: str) -> str:
    from textual.keys import _character_to_key  # Textual has no other name for it

    return _character_to_key(name) if len(name) == 1 else name


def is_key(key: str) -> bool:
    *modifiers, name = key.split("+")
    known = name in _NAMES or key_to_character(name) is not None
    return known and set(modifiers) <= set(MODIFIERS) and len(set(modifiers)) == len(modifiers)


def is_text(key: str) -> bool:
    character = key_to_character(key)
    return character is not None and character.isprintable()


def keys_of(bound: Bound, mapped: Mapping[str, str]) -> list[str]:
    """The keys that it has now, for people."""
    now = mapped.get(bound.id)
    keys = bound.keys if now is None else () if now == NEVER else now.split(",")
    return [shown_key(key) for key in keys]


# -- places -----------------------------------------------------------------------------------------------------------


def is_written_into(place: str) -> bool:
    return place in _WRITTEN_INTO


def meet(one: str, other: str) -> bool:
    """Whether a key of place `one` could be one of place `other` as well."""
    places = {one, other}
    if len(places) == 1 or "app" in places:
        return True
    if "chat" in places:
        return bool(places & _PARTS_OF_THE_CHAT)
    return "list" in places and not places & _PARTS_OF_THE_CHAT


def meetings(keys: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str, str]]:
    """Two ids and the key that both have in one place, the smaller id first."""
    by_key: dict[str, list[str]] = {}
    for id_ in sorted(keys):
        for key in keys[id_]:
            by_key.setdefault(key, []).append(id_)
    for key, ids in by_key.items():
        for at, one in enumerate(ids):
            for other in ids[at + 1 :]:
                if meet(one.partition(".")[0], other.partition(".")[0]):
                    yield one, other, key
