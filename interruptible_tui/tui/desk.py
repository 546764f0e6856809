"""What lies where prompts are written: a text, before it what is on its way to the disk, under it what was begun.

In here texts have chips, see `attachments`; those that go out and come in are whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from interruptible_tui.tui.editor import Editor
from interruptible_tui.tui.sheets import EditOf, Purpose, RewindTo, Sheets, Unsent, title

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interruptible_tui.tui.sheets import Sheet

COMMAND = "/"


class Desk(Editor):
    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        self.earlier: list[str] = []
        """Texts to go back to, oldest first."""
        self._sheets = Sheets()
        self._outgoing: list[str] = []
        """With their chips, as they were sent."""
        super().__init__(
            id=id, placeholder="Write to the agent, or / for commands", highlight_cursor_line=False, soft_wrap=True
        )
        self.cursor_blink = False

    @property
    def draft(self) -> str:
        """What is being written: the text without what is on its way, which stands before it until it is accepted."""
        return self.attachments.expand(self.written)

    @property
    def written(self) -> str:
        """The draft as it stands here, with its chips."""
        return self.text.removeprefix(self._on_its_way)

    @property
    def _on_its_way(self) -> str:
        return "".join(self._outgoing)

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing to send; nothing is, too, while what is on its way has been written into."""
        return not self.draft.strip() or not self.text.startswith(self._on_its_way)

    @property
    def is_command(self) -> bool:
        return self.purpose is None and self.written.startswith(COMMAND)

    # -- what is on its way -------------------------------------------------------------------------------------------

    def take(self) -> str:
        """The draft, which is on its way from now on. What was left for it, or lies under it, comes back."""
        written = self.written
        self._outgoing.append(written)
        if left := self._sheets.top.recall.forget(written):
            self.write(left)
        elif self.purpose:
            self._lift()
        return self.attachments.expand(written)

    def keep(self, text: str) -> None:
        """Show `text` as being on its way."""
        self._show([*self._outgoing, self.attachments.fold(text)], self.written)

    def release(self, text: str) -> None:
        """`text` is no longer on its way: it has been accepted."""
        written = self.written
        if self._recover(text) is not None:
            self._show(self._outgoing, written)

    def give_back(self, text: str) -> None:
        """`text` has not been accepted: it is a draft again, before whatever has been written since."""
        written = self.written
        back = self._recover(text)
        if back is None:
            back = self.attachments.fold(text)
        self._show(self._outgoing, f"{back}\n{written}" if written else back)

    def _recover(self, text: str) -> str | None:
        """Take `text` out of what is on its way. Returns it as it was sent, with its chips; None if it is not there."""
        for at, sent in enumerate(self._outgoing):
            if self.attachments.expand(sent) == text:
                return self._outgoing.pop(at)
        return None

    @property
    def unsent(self) -> str:
        """The draft, behind all that is on its way."""
        return "\n".join(text for text in (*map(self.attachments.expand, self._outgoing), self.draft) if text)

    def inherit(self, text: str) -> None:
        """`text` was written where it cannot be sent: it is a draft here, behind what is one already."""
        if not text:
            return
        if self.purpose:
            self._sheets.slip(Unsent(), self.attachments.fold(text))
        else:
            self.write(f"{self.written}\n{text}" if self.written else text)

    def write(self, text: str) -> None:
        """Replace the draft; the cursor goes to the end."""
        self._show(self._outgoing, self.attachments.fold(text), behind=0)

    def _show(self, outgoing: Sequence[str], written: str, behind: int | None = None) -> None:
        """The cursor keeps its distance from the end, unless that is `behind`."""
        behind = self.behind if behind is None else behind
        self._outgoing = list(outgoing)
        self.load("".join(self._outgoing) + written, behind)

    # -- what is written for another purpose --------------------------------------------------------------------------

    @property
    def purpose(self) -> Purpose | None:
        """What is written here, if it is no new prompt."""
        return self._sheets.top.purpose

    @property
    def is_untouched(self) -> bool:
        """Whether what is written for a purpose is still what it began with."""
        return self.purpose is not None and self.draft == self.purpose.text

    def reopen(self, purpose: Purpose, text: str) -> bool:
        """`text` has not been accepted: go on with it for `purpose`, over what has been written since.

        False if something else is open here: then it lies under that, and would be a new prompt.
        """
        self.release(text)
        if isinstance(self.purpose, EditOf | RewindTo):
            self._sheets.slip(Unsent(), self.attachments.fold(text))
            return False
        self._lay(purpose, text)
        return True

    def end_edit(self) -> bool:
        """The prompt that is edited here is no longer pending. Returns whether what was written stays, to be sent."""
        edit, untouched = self.purpose, self.is_untouched
        if isinstance(edit, EditOf):
            if untouched:
                self._lift()
            else:
                self._sheets.top.purpose = Unsent(edit.number)
                self.border_title = title(self.purpose)
        return not untouched

    def _as_left(self) -> Sequence[Sheet]:
        """All that lies here, the draft first, as if something were laid over it now."""
        return self._sheets.as_left(self.written, self.behind)

    def _lay(self, purpose: Purpose, text: str) -> None:
        self._sheets.lay(purpose, self.written, self.behind)
        self.border_title = title(purpose)
        self.write(text)

    def _lift(self) -> None:
        """What is on top is done with: what lies under it comes back."""
        under = self._sheets.lift()
        self.border_title = title(under.purpose)
        self._show(self._outgoing, under.text, under.behind)

    def _put_aside(self) -> None:
        """As `_lift`; what was written can be gone back to."""
        if self.draft.strip() and not self.is_untouched:
            self.earlier.append(self.draft)
        self._lift()
