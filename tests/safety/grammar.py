"""All that the program may send to a terminal, as a grammar: what does not fit in it is not the program's.

The sequences are listed one by one. A sequence that somebody else has written would have to be one of these, and those
are harmless wherever they stand: they colour, move within the frame, and switch what is switched back at the end.
"""

import re
from collections.abc import Iterator

from tests.safety.payloads import is_hostile

_MODES = b"1000 1002 1003 1004 1006 1015 1016 1049 2004 2026 2048 25 7".split()
_COLOUR = rb"[34]8;(?:2;\d+;\d+;\d+|5;\d+)|[34][0-79]|9[0-7]|10[0-7]"
_STYLE = rb"(?:[1-479]|%b)" % _COLOUR
_STYLED = re.compile(rb"\x1b\[%b(?:;%b)*m([^\x1b]*)\x1b\[0m" % (_STYLE, _STYLE))
"""A style never outlives its text, and no style begins within one."""
_CUT = re.compile(rb"(?:(?!\x1b\[0m)\x1b\[[\d;]*m?([^\x1b]*))?\x1b\\\x1b\[\?2026l\x1b\[m")
"""What ends a frame that a slow terminal has not taken at the end, with the style or the sequence that was cut."""
_COLUMN = re.compile(rb"\x1b\[\d+G")
"""Where the next letter goes in its row: see `tui/placing.py`."""
_SEQUENCE = re.compile(
    b"|".join(
        [
            rb"\x1b\[\d+;\d+H",
            rb"\x1b\[\?(?:%b)[hl]" % b"|".join(_MODES),
            rb"\x1b\[\?(?:2026|2048)\$p",
            rb"\x1b\[>\d+u|\x1b\[<u",
            rb"\x1b\]22;(?:default|pointer|text)\x07",
        ]
    )
)
COLOURS = re.compile(rb"\x1b\[(?:[1-9];)*(?:%b)[;m]" % _COLOUR)
"""Any sequence that sets a colour."""


def foreign(raw: bytes | bytearray, *also: bytes) -> list[str]:
    """What in `raw` is not of the grammar, with what follows it, as ASCII; `also` may stand there too."""
    harmless = _SEQUENCE.sub(b"", _STYLED.sub(rb"\1", _CUT.sub(rb"\1", _COLUMN.sub(b"", raw))))
    for piece in also:
        harmless = harmless.replace(piece, b"")
    try:
        text = harmless.decode()
    except UnicodeDecodeError as error:
        return [f"not UTF-8: {error}"]
    return list(_odd(text))


def _odd(text: str) -> Iterator[str]:
    text = text.replace("\r\n", "\n")
    for found in re.finditer("[^ -~\n]", text):
        if is_hostile(found[0]):
            yield ascii(text[found.start() : found.start() + 20])
