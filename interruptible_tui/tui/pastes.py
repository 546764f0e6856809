"""Bracketed pastes, taken out of what a terminal sends before its keys are read.

A terminal puts `ESC [ 200 ~` before what is pasted and `ESC [ 201 ~` behind it. Whatever stands between is text, also
where it looks like keys: a paste that contains an escape sequence must not send a prompt.
"""

from collections.abc import Iterator

from msgspec import Struct

_BEGIN = "\x1b[200~"
_END = "\x1b[201~"
_UNMISTAKABLE = 3
"""So many characters of a beginning are waited with; fewer may be the Escape key, which must not be delayed."""


class Pasted(Struct, frozen=True):
    text: str


class Pastes:
    """What a terminal sends, piece by piece, as keys (str) and pastes."""

    def __init__(self) -> None:
        self._waiting = ""
        """The end of the last piece, if it may be the beginning of a mark."""
        self._pasted: list[str] | None = None
        """What has been pasted so far; None outside of a paste."""

    def feed(self, text: str) -> Iterator[str | Pasted]:
        text, self._waiting = self._waiting + text, ""
        while text:
            mark = _BEGIN if self._pasted is None else _END
            before, found, text = text.partition(mark)
            if not found:
                before, self._waiting = _split_off(before, mark, 1 if self._pasted is not None else _UNMISTAKABLE)
            if self._pasted is not None:
                self._pasted.append(before)
            elif before:
                yield before
            if found:
                yield from self._turn()

    def _turn(self) -> Iterator[Pasted]:
        """A mark has been passed."""
        if self._pasted is None:
            self._pasted = []
        else:
            yield Pasted("".join(self._pasted))
            self._pasted = None


def _split_off(text: str, mark: str, least: int) -> tuple[str, str]:
    """`text`, and its end if that is at least so many characters of the beginning of `mark`."""
    for length in range(len(mark) - 1, least - 1, -1):
        if text.endswith(mark[:length]):
            return text[:-length], text[-length:]
    return text, ""
