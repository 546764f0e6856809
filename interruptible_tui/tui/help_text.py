"""What the help says: the modes, every action with its command and its keys, and every key by its name. Pure."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from msgspec import Struct

from interruptible_tui.text import clean_line
from interruptible_tui.tui.actions import ACTIONS
from interruptible_tui.tui.actions.action import Action
from interruptible_tui.tui.bindings import keys_of
from interruptible_tui.tui.lines import Line, Piece
from interruptible_tui.tui.notices import MODES
from interruptible_tui.tui.registry import IN_THE_CHAT, by_action

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from interruptible_tui.tui.bindings import Bound

_GROUPS = {
    "While the agent works": ("mode", "send", "steer", "now", "queue", "stop", "resume", "retry", "continue"),
    "What waits": ("pending", "edit", "withdraw", "up", "down", "set", "sendnow", "undo"),
    "Runs": ("runs", "rewind", "rollback", "restore", "compensate", "on-interrupt", "incorporate-at"),
    "Writing": ("editor", "earlier", "write-out"),
    "Reading": ("find", "search", "copy", "export"),
    "Models": ("model", "models", "endpoint", "system", "parameter"),
    "Sessions": ("sessions", "new", "switch", "rename", "fork", "delete", "undelete"),
    "The program": ("theme", "config", "paths", "help", "back-out", "quit"),
}
_MORE = "More"
_KEYS = "All keys, by the names that the table [keys] of the config file has for them"
_ROOM = 90
"""Cells from which what is said of an action stands beside it."""
_COLUMNS = (36, 28)
"""Cells of an action and of its keys, where there is that room."""


class Row(Struct, frozen=True):
    name: str
    keys: str
    does: str

    def has(self, words: Sequence[str]) -> bool:
        text = f"{self.name} {self.keys} {self.does}".lower()
        return all(word in text for word in words)


def sections(bindings: Mapping[str, Bound], mapped: Mapping[str, str]) -> Iterator[tuple[str, list[Row]]]:
    """Headings, and what stands below them."""
    yield (
        "What you send while the agent works: the modes",
        [Row(line, "", "") for line in MODES.splitlines()],
    )
    bound = by_action(bindings.values())
    actions = {action.word: action for action in ACTIONS}
    grouped = {word for words in _GROUPS.values() for word in words}
    rest = tuple(word for word in actions if word not in grouped)
    for heading, words in {**_GROUPS, _MORE: rest}.items():
        if words:
            yield heading, [_row(actions[word], bound[word], mapped) for word in words]
    yield _KEYS, [Row(each.id, ", ".join(keys_of(each, mapped)), each.description) for each in bindings.values()]


def _row(action: Action, bound: Sequence[Bound], mapped: Mapping[str, str]) -> Row:
    title = action.title.split()[0].lower()
    said = action.help if action.help.lower().startswith(title) else f"{action.title}: {action.help}"
    return Row(f"/{action.word} {action.argument}".strip(), _keys(bound, mapped), said)


def _keys(bound: Sequence[Bound], mapped: Mapping[str, str]) -> str:
    """Those that are there while a prompt is written; then those of each other place."""
    by_place: dict[str, list[str]] = {"": []}
    for each in bound:
        by_place.setdefault("" if each.place in IN_THE_CHAT else f" ({each.place})", []).extend(keys_of(each, mapped))
    return "; ".join(f"{', '.join(dict.fromkeys(keys))}{place}" for place, keys in by_place.items() if keys)


def help_lines(found: Sequence[tuple[str, list[Row]]], words: str, width: int) -> list[Line]:
    """As much of what was `found` as has all of `words` in it, in lines of `width` cells."""
    lines: list[Line] = []
    for heading, rows in found:
        shown = [row for row in rows if row.has(words.lower().split())]
        if shown:
            lines += [Line()] if lines else []
            lines += _lines(heading, width, "strong")
            lines += [line for row in shown for line in _drawn(row, width)]
    return lines or [Line((Piece("nothing has these words", "dim"),))]


def _drawn(row: Row, width: int) -> Iterator[Line]:
    name, keys, does = clean_line(row.name), clean_line(row.keys), clean_line(row.does)
    if width < _ROOM or not (keys or does):
        yield from _lines(f"{name}  {keys}".rstrip(), width, "text")
        yield from _lines(f"    {does}" if does else "", width, "dim")
        return
    columns = [wrap(name, _COLUMNS[0] - 2), wrap(keys, _COLUMNS[1] - 2), wrap(does, width - sum(_COLUMNS))]
    for at in range(max(map(len, columns))):
        first, second, third = (column[at] if at < len(column) else "" for column in columns)
        pieces = (Piece(f"{first:<{_COLUMNS[0]}}"), Piece(f"{second:<{_COLUMNS[1]}}", "busy"), Piece(third, "dim"))
        yield Line(pieces)


def _lines(text: str, width: int, style: str) -> list[Line]:
    indent = " " * (len(text) - len(text.lstrip()) + 2 * (style == "text"))
    return [Line((Piece(line, style),)) for line in wrap(text, width, subsequent_indent=indent)]
