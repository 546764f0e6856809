"""Text that harms whoever shows it carelessly, by what it would do. Data, and how to recognise it where it is shown.

Each has a name of letters and blanks, which stands before and behind it wherever it is put: what is lost is seen.
Sources: ECMA-48; xterm's ctlseqs; Unicode TR #36; the markup of Textual and Rich.
"""

import re
import unicodedata
from collections.abc import Iterable

ESC, ST, BEL = "\x1b", "\x1b\\", "\x07"

ACTING = {
    "title": f"{ESC}]0;HACKED{BEL}",
    "title and icon": f"{ESC}]2;HACKED{ST}",
    "link": f"{ESC}]8;;http://evil.test{ST}click{ESC}]8;;{ST}",
    "notification": f"{ESC}]9;HACKED{BEL}",
    "clipboard": f"{ESC}]52;c;SEFDS0VE{BEL}",
    "clipboard query": f"{ESC}]52;c;?{ST}",
    "colour query": f"{ESC}]10;?{BEL}{ESC}]4;1;?{BEL}",
    "file": f"{ESC}]1337;File=inline=1:SEFDS0VE{BEL}",
    "badge": f"{ESC}]1337;SetBadgeFormat=SEFDS0VE{ST}",
    "prompt mark": f"{ESC}]133;A{ST}{ESC}]7;file://evil/{ST}",
    "tmux passthrough": f"{ESC}Ptmux;{ESC}{ESC}]52;c;SEFDS0VE{BEL}{ST}",
    "screen title": f"{ESC}kHACKED{ST}",
    "sixel": f"{ESC}Pq#0;2;0;0;0#0~~{ST}",
    "setting query": f"{ESC}P$qm{ST}{ESC}P+q544e{ST}",
    "graphics": f"{ESC}_Gf=24,s=1,v=1;AAAA{ST}",
    "private message": f"{ESC}^HACKED{ST}",
    "string": f"{ESC}XHACKED{ST}",
    "reset": f"{ESC}c{ESC}[!p",
    "clear": f"{ESC}[2J{ESC}[3J{ESC}[H",
    "colour": f"{ESC}[31;42mred",
    "no colour": f"{ESC}[0m{ESC}[m",
    "hidden": f"{ESC}[8mhidden{ESC}[5mblinks",
    "move": f"{ESC}[1;1H{ESC}[10A{ESC}[99D{ESC}[K{ESC}[5S",
    "attributes query": f"{ESC}[c{ESC}[>c{ESC}[=c",
    "status query": f"{ESC}[5n{ESC}[6n{ESC}[?6n",
    "mode query": f"{ESC}[?2026$p{ESC}[4$p",
    "version query": f"{ESC}[>q",
    "window": f"{ESC}[8;1;1t{ESC}[2t{ESC}[18t",
    "title query": f"{ESC}[21t",
    "modes": f"{ESC}[?1049l{ESC}[?1000h{ESC}[?25l{ESC}[?2004l{ESC}[?5h{ESC}[4h",
    "keyboard": f"{ESC}[>31u{ESC}[=1;1u{ESC}[?u{ESC}[>4;2m",
    "charset": f"{ESC}(0lqk{ESC}(B{ESC}n\x0e\x0f",
    "print": f"{ESC}[5i{ESC}[4i",
    "single characters": f"{ESC}D{ESC}E{ESC}M{ESC}H{ESC}7{ESC}8{ESC}={ESC}>{ESC}#8{ESC}Z",
    "checksum": f"{ESC}[1;1;1;1;5;5*y",
    "C0": "\x01\x02\x03\x04\x05\x06\x08\x0b\x0c\x10\x11\x13\x1a\x1c\x1d\x1e\x1f\x7f",
    "bell": "\x07\x07",
    "overwriting": "good\rbad\x08\x08\x08evil",
    "NUL": "a\x00b",
    "C1": "\x9d52;c;SEFDS0VE\x9c \x9b31mred \x90q\x9c \x9fG\x9c \x9e\x98 \x84\x85\x8d\x8e\x8f\x9a",
    "C1 title": "\x9d0;HACKED\x07",
    "bidi override": "user\u202egpj.exe\u202c \u202dx\u202c \u202ay\u202b",
    "bidi isolate": "\u2066x\u2067y\u2068z\u2069",
    "marks": "a\u200eb\u200fc\u061cd",
    "tags": "a\U000e0001\U000e0041\U000e0042\U000e007fb",
    "selectors": "a\U000e0100\U000e01ef",
    "invisible": "a\u2060b\u2061\u2062\u2063\u2064c\u180ed\ufeffe\u3164f\uffa0",
    "deprecated": "a\u206a\u206f\ufff9b\ufffac\ufffb",
    "separators": "a\u2028b\u2029c",
    "byte order mark": "\ufeffa",
}
"""Whatever of these reaches a terminal, or an eye, is wrong."""

MARKED_UP = {
    "action": "[@click=app.quit]quit[/]",
    "screen action": "[@click='screen.dismiss']x[/@click]",
    "closing tag": "[/",
    "closing nothing": "[/nothing]",
    "open tag": "[bold",
    "style": "[bold red]x[/bold red]",
    "markup link": "[link=http://evil.test]x[/link]",
    "index": "arr[i] arr[0] [] [[x]]",
    "escaped": "\\[bold] \\",
    "variable": "$primary {0} %s %(x)s",
    "emoji": ":smile:",
}
"""Markup of Textual and Rich: to be shown as it is."""

WRITTEN = {
    "link target": "[x](javascript:alert) [x](http://evil.test/%1b%5d52;c;SEFDS0VE%07)",
    "autolink": "<http://evil.test/\x1b]52;c;SEFDS0VE\x07>",
    "image": "![x](http://evil.test/x.png)",
    "entities": "&#27;]52;c;SEFDS0VE&#7; &#x9b;31m &#x202e;x &zwnj;",
    "html": "<script>alert(1)</script> <b>x</b> <!-- hidden -->",
    "reference": "[x][evil]",
    "code": "`\x1b]52;c;SEFDS0VE\x07`",
}
"""Markdown: where it is rendered, it need not look as it is written."""

UNFINISHED = {
    "unfinished string": f"{ESC}]0;HACKED",
    "unfinished DCS": f"{ESC}PHACKED",
    "unfinished APC": f"{ESC}_HACKED",
    "unfinished CSI": f"{ESC}[31",
    "lone escape": ESC,
    "unfinished C1": "\x9d0;HACKED",
}
"""They would swallow what follows them."""

LITERAL = ACTING | UNFINISHED | MARKED_UP
ALL = LITERAL | WRITTEN

_WORST = (
    *("title", "link", "clipboard", "tmux passthrough", "clear", "modes", "overwriting", "C1", "bidi override", "tags"),
    *("separators", "unfinished string", "unfinished C1", "action", "closing tag", "open tag"),
)
SAMPLE = {name: LITERAL[name] for name in _WORST}
"""The worst of each kind, for every run of the tests."""
BATCHES = [dict(batch) for batch in (list(LITERAL.items())[at : at + 16] for at in range(0, len(LITERAL), 16))]
"""All, so many at a time as stand on a screen together."""


def told(payloads: dict[str, str]) -> list[str]:
    """Each with its name before and behind it."""
    return [f"<{name}>{payload}</{name}>" for name, payload in payloads.items()]


def run_on(payloads: dict[str, str]) -> str:
    """All as one name, of which each would end or colour what follows. Without what no file or argument can hold."""
    return "".join(payloads.values()).replace("\x00", "").replace("/", "|")


def lost(payloads: dict[str, str], screen: Iterable[str]) -> list[str]:
    """Names of those that are not shown literally, with one visible character for each that is not shown itself.

    Where rows were wrapped does not matter, nor do blanks.
    """
    text = _joined("".join(screen))
    return [name for name, payload in payloads.items() if not _pattern(name, payload).search(text)]


def _pattern(name: str, payload: str) -> re.Pattern[str]:
    return re.compile(_joined(f"<{name}>") + "".join(map(_shown, payload)) + _joined(f"</{name}>"))


def _shown(character: str) -> str:
    if character == " ":
        return ""
    return "[\u2400-\u2421\ufffd]" if is_hostile(character) else re.escape(character)


def _joined(text: str) -> str:
    return re.sub(r"[ \u2502]", "", text)


KEPT = {"\u200c", "\u200d", *map(chr, range(0xFE00, 0xFE10)), "\u200b", "\u00ad"}
"""Characters of no width, or almost none, without which people cannot write their language or an emoji."""
_VISIBLE = {
    *map(chr, (*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD, *range(0x13430, 0x13460)))
}
"""Format characters that have a shape of their own, or that only arrange signs which do."""
_BLANKS = {"\u3164", "\uffa0"}
_IGNORED = {*map(chr, (0x2065, *range(0xFFF0, 0xFFFC), *range(0xE0000, 0xE1000)))}
"""Code points that Unicode wants nobody to see, whether they mean something or not (Default_Ignorable_Code_Point)."""


def is_hostile(character: str) -> bool:
    """Whether `character` acts on a terminal, turns the writing direction, or hides. From Unicode's own tables."""
    if character in KEPT or character in _VISIBLE:
        return False
    odd = unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
    return odd or character in _BLANKS or character in _IGNORED
