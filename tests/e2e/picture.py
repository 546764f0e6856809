"""Pictures of a terminal's screen, for people to look at: cells to SVG, and SVG to PNG by rsvg-convert."""

import subprocess
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from xml.sax.saxutils import escape

from pyte.screens import Char
from wcwidth import wcswidth

WIDTH, HEIGHT, SIZE = 10, 19, 16.6
"""Of a cell and of the font, in pixels; a character of DejaVu Sans Mono is 0.602 of its size wide, 1.164 high."""
FOREGROUND, BACKGROUND = "d8d8d8", "101014"
_NAMED = {
    "black": "000000", "red": "cd3131", "green": "0dbc79", "brown": "e5e510",
    "blue": "2472c8", "magenta": "bc3fbc", "cyan": "11a8cd", "white": "e5e5e5",
    "brightblack": "666666", "brightred": "f14c4c", "brightgreen": "23d18b", "brightbrown": "f5f543",
    "brightblue": "3b8eea", "bfightmagenta": "d670d6", "brightcyan": "29b8db", "brightwhite": "ffffff",
}  # fmt: skip
"""Colours by pyte's names, misspelt as there."""


def svg(cells: list[list[Char]]) -> str:
    """A picture of rows of cells."""
    width, height = len(cells[0]) * WIDTH, len(cells) * HEIGHT
    body = "\n".join(shape for row, line in enumerate(cells) for shape in _line(row, line))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'font-family="DejaVu Sans Mono" font-size="{SIZE}" xml:space="preserve">\n'
        f'<rect width="100%" height="100%" fill="#{BACKGROUND}"/>\n{body}\n</svg>\n'
    )


def save(cells: list[list[Char]], path: Path) -> None:
    """Write a PNG. Needs rsvg-convert (Debian: librsvg2-bin) and the font DejaVu Sans Mono."""
    command = ["rsvg-convert", "--zoom", "2", "--output", str(path)]
    subprocess.run(command, input=svg(cells).encode(), check=True)


def _line(row: int, line: list[Char]) -> Iterator[str]:
    """First the backgrounds, then the characters, each in its own cell so that no font moves its neighbours."""
    for background, run in groupby(enumerate(line), key=lambda numbered: _colours(numbered[1])[1]):
        columns = [column for column, _ in run]
        if background != BACKGROUND:
            yield _rectangle(columns[0], row, len(columns), background)
    for column, cell in enumerate(line):
        if cell.data.strip():
            yield _character(column, row, cell)


def _rectangle(column: int, row: int, columns: int, colour: str) -> str:
    where = f'x="{column * WIDTH}" y="{row * HEIGHT}" width="{columns * WIDTH}" height="{HEIGHT}"'
    return f'<rect {where} fill="#{colour}"/>'


def _character(column: int, row: int, cell: Char) -> str:
    style = ' font-weight="bold"' * cell.bold + ' font-style="italic"' * cell.italics
    if lines := " ".join(["underline"] * cell.underscore + ["line-through"] * cell.strikethrough):
        style += f' text-decoration="{lines}"'
    length = f' textLength="{WIDTH * 2}"' if wcswidth(cell.data) == 2 else ""
    where = f'x="{column * WIDTH}" y="{(row + 0.78) * HEIGHT:.1f}"'
    return f'<text {where} fill="#{_colours(cell)[0]}"{style}{length}>{escape(cell.data)}</text>'


def _colours(cell: Char) -> tuple[str, str]:
    """Foreground and background as six hexadecimal digits."""
    foreground = FOREGROUND if cell.fg == "default" else _NAMED.get(cell.fg, cell.fg)
    background = BACKGROUND if cell.bg == "default" else _NAMED.get(cell.bg, cell.bg)
    return (background, foreground) if cell.reverse else (foreground, background)
