"""Text from outside (model, tools, files, names, pastes) on its way to a person.

Text is stored, executed and sent to the model exactly as it came; `storable` removes only what SQLite refuses.
`clean` guards the doors to people: terminal, standard output, exports. It maps each code point that acts on a terminal,
turns the writing direction or hides text to one visible one. It keeps no state, so it is safe however a stream was
split. What joins letters and emoji (U+200B to U+200D, U+00AD, U+FE00 to U+FE0F) stays.
"""

import re

REPLACEMENT = "\ufffd"

_SURROGATES = "\ud800-\udfff"
_HOSTILE = "".join(
    (
        "\x7f-\x9f",  # DEL and C1: CSI, OSC, DCS, ... in one code point
        _SURROGATES,
        "\u061c\u200e\u200f",  # marks that turn the writing direction
        "\u2028-\u202e",  # line and paragraph separators, bidirectional embeddings and overrides
        "\u2060-\u2065",  # joiners and operators that nobody sees; those that languages and emoji need stay
        "\u2066-\u2069",  # bidirectional isolates
        "\u206a-\u206f",  # deprecated format characters
        "\u180e\u3164\ufeff\uffa0",  # blanks that look like nothing at all
        "\ufff0-\ufffb",  # not assigned, and interlinear annotations
        "\U0001bca0-\U0001bca3",  # controls of shorthand
        "\U0001d173-\U0001d17a",  # controls of musical notation
        "\U000e0000-\U000e0fff",  # tag characters and further selectors: invisible text
    )
)
_IN_TEXT = re.compile(f"[\0-\x08\x0b-\x1f{_HOSTILE}]")
_IN_LINES = re.compile(f"[\0-\x1f{_HOSTILE}]")
_UNSTORABLE = re.compile(f"[\0{_SURROGATES}]")
_PICTURES = {chr(code): chr(0x2400 + code) for code in range(0x20)} | {"\x7f": "\u2421"}
"""Unicode's control pictures: ESC becomes ␛."""


def clean(text: str) -> str:
    """`text` made harmless for a terminal; line feeds and tabs stay, and so does the number of code points."""
    return _IN_TEXT.sub(_visible, text)


def clean_line(text: str) -> str:
    """`text` made harmless and kept on one line: line feeds and tabs become visible too."""
    return _IN_LINES.sub(_visible, text)


def storable(text: str) -> str:
    """`text` without NUL and lone surrogates, which SQLite and UTF-8 refuse."""
    return _UNSTORABLE.sub(REPLACEMENT, text)


def _visible(found: re.Match[str]) -> str:
    return _PICTURES.get(found[0], REPLACEMENT)
