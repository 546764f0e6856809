"""What tells the words of code apart. A language takes up to 100 ms to be imported, so that is done in a thread.

Code is looked at in pieces that begin where its lines begin anew, so that one that grows is not looked at from its
start with each line. Where it is cut depends on the text alone.
"""

from __future__ import annotations

import re
from functools import lru_cache
from threading import Thread
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LONGEST_NAME = 40
MOST = 100
"""Languages of one screen; names come from outside."""

_PIECE = re.compile(r"[\s\S]{600}(?:[\s\S]{0,1400}?\n\n(?=\S)|[\s\S]{0,1400}\n|[\s\S]{0,1400})|[\s\S]+")
"""Mostly up to a blank line with no indented line behind it: hardly a text or a comment goes on there."""

Words = list[tuple[Any, str]]
"""Each with the kind of it, in pygments' words."""


class Lexer(Protocol):
    """Of pygments, which ships no types."""

    def __hash__(self) -> int: ...
    def get_tokens(self, text: str) -> Iterator[tuple[Any, str]]: ...


class Lexers:
    """`loaded` is called, in another thread, when a language that was asked for can be had."""

    def __init__(self, loaded: Callable[[], None] = lambda: None) -> None:
        self._loaded = loaded
        self._known: dict[str, Lexer | None] = {}
        self._told_apart = lru_cache(100)(_told_apart)

    def words(self, code: str, language: str) -> Words | None:
        """None while the language is being imported, and where it is not known."""
        lexer = self._get(language)
        if lexer is None:
            return None
        return [word for piece in _PIECE.findall(code) for word in self._told_apart(lexer, piece)]

    def _get(self, language: str) -> Lexer | None:
        if language not in self._known and 0 < len(language) <= LONGEST_NAME and len(self._known) < MOST:
            self._known[language] = None
            Thread(target=self._load, args=(language,), name=f"lexer of {language}", daemon=True).start()
        return self._known.get(language)

    def _load(self, language: str) -> None:
        from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]  # pygments ships no types
        from pygments.util import ClassNotFound  # type: ignore[import-untyped]  # as above

        try:
            self._known[language] = get_lexer_by_name(language, stripnl=False, ensurenl=False)
        except ClassNotFound:
            return
        self._loaded()


def _told_apart(lexer: Lexer, piece: str) -> Words:
    """Nothing is left out: lexers of consoles drop a line without an end, and who knows what others drop."""
    from pygments.token import Text  # type: ignore[import-untyped]  # pygments ships no types

    words = list(lexer.get_tokens(f"{piece}\n"))
    if "".join(word for _, word in words) != f"{piece}\n":
        return [(Text, piece)]
    kind, last = words.pop()
    return [*words, (kind, last.removesuffix("\n"))]
