"""The beginning of a text that may be very long, where a person only has to recognise it."""

LINES = 20
CHARACTERS = 2_000
LINE = 500
"""Characters that are looked at where a text is shown on one line."""


def beginning(text: str) -> tuple[str, str]:
    """The first lines of `text`, and what is said of the rest; empty if there is none."""
    if len(text) <= CHARACTERS and text.count("\n") < LINES:
        return text, ""
    lines = text[:CHARACTERS].split("\n", LINES)[:LINES]
    shown = "\n".join(lines)
    more = text.rstrip("\n").count("\n", len(shown))
    rest = f"{more:,} more line{'s' * (more != 1)}, " if more else ""
    return shown, f"… {rest}{size(text)} in all"


def first_line(text: str) -> str:
    """The first line of `text` that is not blank, or as much as can matter, with a sign that there is more."""
    first, _, rest = text.strip().partition("\n")
    return f"{first[:LINE]} …" if rest or len(first) > LINE else first


def size(text: str) -> str:
    """How many bytes `text` has, for people."""
    count: float = len(text.encode(errors="replace"))
    for unit in ("bytes", "kB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:,.1f} MB"
