"""Completing the word at the cursor, among what it may become, which is offered above the composer.

- Typing opens the offer; nothing in it is chosen before Up, Down or Tab has chosen it, so Enter sends what was typed.
- Tab completes as far as it is certain, then chooses; where there is nothing to complete it is not taken.
- Esc closes the offer until the word is written on; so does any text that is put here, and not typed.
- A file is read when it was chosen, and no earlier. What is typed meanwhile waits, so that its chip is in its place.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea

from interruptible_tui.tui.rewriter import Rewriter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from interruptible_tui.tui.completions import Candidate, Word
    from interruptible_tui.tui.paths import Listing

PATIENCE = 0.3
"""Seconds that Tab waits for the names in a folder, at most."""
READING = 3.0
"""Seconds that the keys wait for a file that is read, at most."""


class Completer(Rewriter):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "step_back", "Close the offer, leave the edit", show=False, id="composer.leave_edit"),
    ]

    @dataclass
    class Offered(Message):
        """What the word at the cursor may become; nothing: there is no offer."""

        candidates: Sequence[Candidate]
        chosen: int
        """Which one Enter takes, from 0; -1: none."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        self.commands: Callable[[str], Sequence[Candidate]] = lambda _: ()
        """What the last word of a command may become."""
        self.leads_away: Callable[[str], bool] = lambda _: False
        """Whether what is typed behind a command may be for another session, or another part."""
        self._candidates: Sequence[Candidate] = ()
        self._chosen = -1
        self._declined: tuple[tuple[int, int], str] | None = None
        """The word, with where it begins, for which nothing is to be offered."""
        self._listing: Listing | None = None
        self._listed_for = (0, 0)
        """Where the word begins that it was made for."""
        self._looking: asyncio.Task[None] | None = None
        super().__init__(id=id)

    # -- the word and its candidates ----------------------------------------------------------------------------------

    def _word(self) -> Word | None:
        row, column = self.cursor_location
        is_command = self.is_command
        if not self.selection.is_empty or (is_command and self.cursor_location != self.document.end):
            return None
        line = self.document.get_text_range((row, 0), (row, column))
        if is_command:
            line = "" if "\n" in self.written else self.written
        elif "@" not in line:
            return None
        from interruptible_tui.tui.completions import word_of

        return word_of(line, is_command=is_command) if line else None

    def _begin_of(self, word: Word) -> tuple[int, int]:
        row, column = self.cursor_location
        return row, column - len(word.text)

    def _is_declined(self, word: Word) -> bool:
        return self._declined == (self._begin_of(word), word.text)

    @on(TextArea.Changed)
    @on(TextArea.SelectionChanged)
    def look(self) -> None:
        """Offer what the word at the cursor may become, unless that was declined."""
        word = self._word()
        if word is None or not self._is_declined(word):
            self._declined = None
        if word is None or word.path is None:
            self._listing = None  # it may be another one the next time
        self._offer(self._known(word) if word and not self._declined else ())

    def _known(self, word: Word) -> Sequence[Candidate]:
        """The candidates, as far as they are known; else somebody looks."""
        if word.path is None:
            return self.commands(self.written)
        is_of_this = self._listed_for == self._begin_of(word)
        if not self._listing or not is_of_this or not self._listing.covers(word.folder, word.name):
            self._look_soon(word)
            return ()
        from interruptible_tui.tui.completions import files

        return files(word, self._listing)

    def _look_soon(self, word: Word) -> None:
        if not self._looking:
            self._looking = asyncio.create_task(self._look_into(word, self._begin_of(word)))

    async def _look_into(self, word: Word, begin: tuple[int, int]) -> None:
        from interruptible_tui.tui.paths import listing

        try:
            self._listing = await asyncio.to_thread(listing, word.folder, word.name)
            self._listed_for = begin
        finally:
            self._looking = None
        if self.is_attached:
            self.call_later(self.look)

    def _offer(self, candidates: Sequence[Candidate]) -> None:
        word = self._word() if candidates else None
        typed = word.text if word else ""
        if [each.text.strip() for each in candidates if not each.file] == [typed]:
            candidates = ()  # it stands there already
        if not candidates and not self._candidates:
            return
        if candidates != self._candidates:
            self._chosen = -1
        self._candidates = candidates
        self._show_offer()

    def _show_offer(self) -> None:
        self.post_message(self.Offered(self._candidates, self._chosen))

    @property
    def chosen(self) -> Candidate | None:
        """What Enter takes."""
        return self._candidates[self._chosen] if self.is_offering and self._chosen >= 0 else None

    @property
    def is_offering(self) -> bool:
        return bool(self._candidates)

    # -- keys ---------------------------------------------------------------------------------------------------------

    def choose(self, step: int) -> None:
        """The next candidate in that direction, around the end."""
        many = len(self._candidates)
        self._chosen = (max(self._chosen, 0 if step < 0 else -1) + step) % many
        self._show_offer()

    async def complete(self) -> bool:
        """Tab. Whether there was something to complete."""
        word = self._word()
        if word and word.path is None:
            self._declined = None
        self.look()
        if word and word.path is not None and self._declined is None and not self.is_offering:
            await self._wait_for_names()
            word = self._word()
        if not word or not self.is_offering:
            return False
        if chosen := self.chosen or (self._candidates[0] if len(self._candidates) == 1 else None):
            await self.take_candidate(chosen)
        else:
            self._complete_further(word)
        return True

    def _complete_further(self, word: Word) -> None:
        """As far as all candidates agree; where that is no further, choose the first."""
        from interruptible_tui.tui.completions import common_start

        start = common_start([each.text for each in self._candidates])
        if len(start) > len(word.text):
            self._replace_word(word, start)
        else:
            self.choose(1)

    async def _wait_for_names(self) -> None:
        """Those of the last word that was looked for may be on their way, and then those of this one."""
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while self._looking and (left := deadline - asyncio.get_running_loop().time()) > 0:
            await asyncio.wait({self._looking}, timeout=left)
            self.look()

    async def take_candidate(self, candidate: Candidate) -> None:
        """Write it in the place of the word, or the chip of the file that it is."""
        word = self._word()
        if word and candidate.file:
            await self._put_file(word, candidate)
        elif word:
            self._replace_word(word, candidate.text)

    async def _put_file(self, word: Word, candidate: Candidate) -> None:
        from interruptible_tui.tui.operands import Complaint
        from interruptible_tui.tui.paths import attached

        try:
            reading = asyncio.to_thread(attached, candidate.file)
            text, label = await asyncio.wait_for(reading, READING)
        except Complaint as complaint:
            self.post_message(self.Complained(str(complaint)))
        except TimeoutError:
            self.post_message(self.Complained(f"{candidate.file} is not attached: it cannot be read just now"))
        else:
            self._put_chip(word, self.attachments.chip(text, label))

    def _put_chip(self, word: Word, chip: str) -> None:
        """In the place of `word`, unless something else has come to stand there."""
        if self._word() == word:
            self._replace_word(word, chip)
        else:
            self.put(chip)

    def _replace_word(self, word: Word, text: str) -> None:
        self.move_cursor(self.replace(text, self._begin_of(word), self.cursor_location).end_location)
        self.look()

    def decline(self) -> None:
        """Offer nothing for the word at the cursor."""
        word = self._word()
        self._declined = (self._begin_of(word), word.text) if word else None
        self._offer(())

    def action_step_back(self) -> None:
        if self.is_offering:
            self.decline()
        else:
            self.action_leave()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "step_back":
            return self.is_offering or self.is_rewriting
        return super().check_action(action, parameters)

    def paste(self, text: str) -> None:
        super().paste(text)
        self.decline()

    def load(self, text: str, behind: int) -> None:
        super().load(text, behind)
        self.decline()
