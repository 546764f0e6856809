"""What terminals send for a key, by the names that Textual gives keys: "ctrl+enter", "alt+s", "shift+tab", "f4".

Sources: https://sw.kovidgoyal.net/kitty/keyboard-protocol/ and xterm's ctlseqs, "modifyOtherKeys".
"""

_CODES = {"enter": 13, "tab": 9, "escape": 27, "backspace": 127, "space": 32}
_LETTERS = {"up": "A", "down": "B", "right": "C", "left": "D", "end": "F", "home": "H"}
_NUMBERS = {"insert": 2, "delete": 3, "pageup": 5, "pagedown": 6}
_FUNCTION_LETTERS = {"f1": "P", "f2": "Q", "f3": "R", "f4": "S"}
_FUNCTION_NUMBERS = dict(
    zip((f"f{n}" for n in range(5, 13)), (15, 17, 18, 19, 20, 21, 23, 24), strict=True),
)
_BITS = {"shift": 1, "alt": 2, "ctrl": 4}


def legacy(key: str) -> bytes:
    """As xterm sends it; keys that have no code of their own there, such as ctrl+enter, as `ESC [ 27 ; 5 ; 13 ~`."""
    *modifiers, name = _parts(key)
    bits = sum(_BITS[modifier] for modifier in modifiers)
    if functional := _functional(name, bits):
        return functional
    if key == "shift+tab":
        return b"\x1b[Z"
    if bits & ~_BITS["alt"] == 0:
        return b"\x1b" * bool(bits) + chr(_code(name)).encode()
    if bits & ~_BITS["alt"] == _BITS["ctrl"] and len(name) == 1 and name.isalpha():
        return b"\x1b" * ("alt" in modifiers) + bytes([ord(name) & 0x1F])
    return f"\x1b[27;{1 + bits};{_code(name)}~".encode()


def kitty(key: str) -> bytes:
    """As a terminal with the kitty protocol sends it to a program that asked for all keys as escape codes."""
    *modifiers, name = _parts(key)
    bits = sum(_BITS[modifier] for modifier in modifiers)
    if functional := _functional(name, bits):
        return functional
    code = _code(name)
    if bits == 0 and len(name) == 1:
        return f"\x1b[{code};;{code}u".encode()
    return f"\x1b[{code}{f';{1 + bits}' if bits else ''}u".encode()


def _parts(key: str) -> list[str]:
    """Modifiers and name; "+" itself is a name."""
    head, _, name = key[:-1].rpartition("+")
    return [*filter(None, head.split("+")), name + key[-1]]


def _code(name: str) -> int:
    return _CODES[name] if name in _CODES else ord(name)


def _functional(name: str, bits: int) -> bytes:
    """The sequence of a key that has one in every protocol; empty for the others."""
    modifier = f";{1 + bits}" if bits else ""
    if letter := _LETTERS.get(name):
        return f"\x1b[{'1' + modifier if bits else ''}{letter}".encode()
    if letter := _FUNCTION_LETTERS.get(name):
        return f"\x1b[1{modifier}{letter}".encode() if bits else f"\x1bO{letter}".encode()
    if number := _NUMBERS.get(name) or _FUNCTION_NUMBERS.get(name):
        return f"\x1b[{number}{modifier}~".encode()
    return b""
