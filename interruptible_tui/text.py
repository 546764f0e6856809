"""Text from outside (model, tools, files, names, pastes) on its way to a person.

Text is stored, executed and sent to the model exactly as it came; `storable` removes only what SQLite refuses.
`clean` guards the doors to people: terminal, standard output, exports. It maps each hostile code point to one
visible one. It keeps no state, so it is safe however a stream was split.
"""

from itertools import chain

REPLACEMENT = "\ufffd"

_SURROGATES = range(0xD800, 0xE000)
_HOSTILE = chain(
    range(0x7F, 0xA0),  # DEL and C1: CSI, OSC, DCS, ... in one code point
    _SURROGATES,
    (0x061C, 0x200E, 0x200F),  # marks that turn the writing direction
    range(0x2028, 0x202F),  # line and paragraph separators, bidirectional embeddings and overrides
    range(0x2066, 0x206A),  # bidirectional isolates
    range(0x206A, 0x2070),  # deprecated format characters
    range(0xFFF9, 0xFFFC),  # interlinear annotations
    range(0xE0000, 0xE0080),  # tag characters: invisible text
)
_CLEAN: dict[int, str] = dict.fromkeys(_HOSTILE, REPLACEMENT)
_CLEAN |= {code: chr(0x2400 + code) for code in range(0x20)}  # C0 as Unicode's control pictures: ESC becomes ␛
_CLEAN[0x7F] = "␡"
_CLEAN_LINE = dict(_CLEAN)
for _allowed in "\n\t":
    del _CLEAN[ord(_allowed)]
_STORABLE = {0: REPLACEMENT} | dict.fromkeys(_SURROGATES, REPLACEMENT)


def clean(text: str) -> str:
    """`text` made harmless for a terminal; line feeds and tabs stay, and so does the number of code points."""
    return text.translate(_CLEAN)


def clean_line(text: str) -> str:
    """`text` made harmless and kept on one line: line feeds and tabs become visible too."""
    return text.translate(_CLEAN_LINE)


def storable(text: str) -> str:
    """`text` without NUL and lone surrogates, which SQLite and UTF-8 refuse."""
    return text.translate(_STORABLE)
