"""Writing prompts anew: those that are pending, and those that were sent earlier."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

from interruptible_tui.tui.desk import Desk
from interruptible_tui.tui.sheets import EditOf, Purpose, RewindTo, Unsent, title

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from interruptible_tui.conversation import Prompt
    from interruptible_tui.drafts import Draft
    from interruptible_tui.tui.sheets import Sheet

BUSY = "Enter saves what is open here first, Esc leaves it"
MEANT_TO_SAVE = 1.0
"""Seconds after a prompt was taken from under its edit, in which a key that sends may have been meant to save that."""


class Rewriter(Desk):
    @dataclass
    class EditOpened(Message):
        edit: EditOf

    class EditLeft(Message):
        """The prompt is to stay as it is."""

    @dataclass
    class Complained(Message):
        """What a key asked for is not done; `text` says why."""

        text: str

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        self.pending: Sequence[Prompt] = ()
        """Prompts that can be edited, in the order of the panel."""
        self._left: dict[str, str] = {}
        """What edits were left with, by prompt."""
        self._lost_at = float("-inf")
        """When a prompt was taken from under its edit, until a key has been met by that."""
        super().__init__(id=id)

    def _was_meant_to_save(self) -> bool:
        """Whether a key that sends is the first one since an edit was lost, and came too soon to know of that."""
        lost_at, self._lost_at = self._lost_at, float("-inf")
        return time.monotonic() - lost_at < MEANT_TO_SAVE

    def write_anew(self, prompt: Prompt) -> None:
        """Write a prompt that is pending anew. What an edit of it was left with comes back; Ctrl+Z takes that away."""
        if self._make_room():
            number = next((at for at, each in enumerate(self.pending, 1) if each.id == prompt.id), 0)
            edit = EditOf(prompt, number)
            self._lay(edit, prompt.text)
            if left := self._left.pop(prompt.id, ""):
                self.replace_from(len(self._on_its_way), left)
                self.border_title = title(edit, left=True)
            self.post_message(self.EditOpened(edit))

    def rewind(self, to: RewindTo) -> None:
        """Write an earlier prompt anew."""
        if self._make_room():
            self._lay(to, to.text)

    def action_leave(self) -> None:
        """Leave the edit; what was written is kept among the earlier texts, and for the next edit of the same."""
        edit = self.purpose
        if isinstance(edit, EditOf) and not self.is_untouched:
            self._left[edit.prompt.id] = self.written
        self._put_aside()
        if isinstance(edit, EditOf):
            self.post_message(self.EditLeft())

    def end_edit(self) -> bool:
        self.lost_an_edit()
        return super().end_edit()

    def reopen(self, purpose: Purpose, text: str) -> bool:
        if isinstance(purpose, Unsent):
            self.lost_an_edit()
        return super().reopen(purpose, text)

    def lost_an_edit(self) -> None:
        """A key that sends may be on its way that was meant to save it."""
        self._lost_at = time.monotonic()

    @property
    def is_rewriting(self) -> bool:
        return isinstance(self.purpose, EditOf | RewindTo)

    def rewrite(self, before: str, after: str) -> None:
        """The draft `before` was written anew elsewhere; Ctrl+Z brings it back. What else stands here now stays."""
        if before == after:
            return
        if self.draft == before:
            self.replace_from(len(self._on_its_way), self.attachments.fold(after))
        else:
            self.give_back(after)

    # -- what is there again at the next start ------------------------------------------------------------------------

    @property
    def is_sending(self) -> bool:
        """Whether something is on its way."""
        return bool(self._outgoing)

    def standing(self) -> Draft:
        """The draft, what lies over it, and what edits were left with; without what is on its way."""
        from interruptible_tui.drafts import Draft

        pieces, (draft, *above) = self.attachments.pieces, self._as_left()
        text, behind, left, aside = draft.text, draft.behind, dict(self._left), []
        if stashed := draft.recall.stashed:
            if self.attachments.expand(text) not in self.earlier:
                aside.append(text)
            text, behind = stashed, 0
        for sheet in above:
            if isinstance(sheet.purpose, EditOf) and self._was_written(sheet):
                left[sheet.purpose.prompt.id] = sheet.text
            elif self._was_written(sheet):
                aside.append(sheet.text)
        edits = {prompt: pieces(text) for prompt, text in left.items()}
        return Draft(pieces(text), behind, edits, tuple(map(pieces, aside)))

    def _was_written(self, sheet: Sheet) -> bool:
        text = self.attachments.expand(sheet.text)
        return bool(text.strip()) and (sheet.purpose is None or text != sheet.purpose.text)

    def restore(self, draft: Draft, pending: Collection[str]) -> None:
        """Put back what stood here, where nothing has been written yet; else it comes back when that is sent.

        Edits of what is no longer `pending`, by id, are among the earlier texts, as is what was begun besides.
        """
        joined, expand = self.attachments.joined, self.attachments.expand
        self._left |= {prompt: joined(pieces) for prompt, pieces in draft.left.items() if prompt in pending}
        others = [pieces for prompt, pieces in draft.left.items() if prompt not in pending]
        self.earlier += [expand(joined(pieces)) for pieces in (*others, *draft.aside)]
        text, (bottom, *above) = joined(draft.text), self._as_left()
        if text and not (above or bottom.text):
            self._show(self._outgoing, text, draft.behind)
        elif text:
            bottom.recall.stash(text, bottom.text, self.earlier)

    def _make_room(self) -> bool:
        """Leave what is open here, if nothing was written; else complain."""
        if isinstance(self.purpose, EditOf | RewindTo):
            if not self.is_untouched:
                self.post_message(self.Complained(BUSY))
                return False
            self.action_leave()
        return True
