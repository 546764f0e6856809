"""What is written anew, between the composer and the host: prompts that are pending, and earlier ones.

Whoever comes too late is told, and keeps the text: nothing that was written is lost to a race or to a full disk.
"""

from collections.abc import Callable
from functools import partial

from interruptible_tui.conversation import Mode
from interruptible_tui.events import EditLeft, EditOpened, EditSaved, Published, Withdrawn
from interruptible_tui.host import Host, Refused
from interruptible_tui.machine import SessionState
from interruptible_tui.machine.amending import ALREADY_SENT, ALREADY_WITHDRAWN
from interruptible_tui.tui.composer import Composer
from interruptible_tui.tui.sheets import EditOf, RewindTo, Unsent
from interruptible_tui.tui.wishes import Wishes

_LATE = {ALREADY_SENT, ALREADY_WITHDRAWN}
_KEPT = "what you wrote stays here; Enter sends it as a new prompt"


class Revising:
    def __init__(self, composer: Composer, wishes: Wishes, tell_error: Callable[[str], None]) -> None:
        self._composer = composer
        self._wishes = wishes
        self._tell_error = tell_error

    def begin(self, edit: EditOf) -> None:
        """An edit has been opened in the composer."""
        self._wishes.ask(EditOpened(edit.prompt.id), partial(self._not_opened, edit))

    def leave(self) -> None:
        """It has been left there."""
        self._wishes.ask(EditLeft())

    def submit(self, purpose: EditOf | RewindTo, text: str, mode: Mode | None) -> None:
        """What was written has been sent; it is on its way."""

        async def rewind(host: Host, to: str) -> None:
            await host.rewind(text, to)

        match purpose:
            case EditOf(prompt):
                saved = EditSaved(prompt.id, text, mode)
                self._wishes.write(text, lambda host: host.ask(saved), partial(self._not_saved, purpose, text))
            case RewindTo(to):
                self._wishes.write(text, lambda host: rewind(host, to), partial(self._not_saved, purpose, text))

    def follow(self, event: Published, state: SessionState) -> None:
        """The prompt that is being edited may no longer be pending."""
        edit = self._composer.purpose
        if not isinstance(edit, EditOf) or any(waiting.prompt.id == edit.prompt.id for waiting in state.pending):
            return
        if isinstance(event, Withdrawn):
            self._composer.action_leave()
        else:
            self._lose(edit)

    def _lose(self, edit: EditOf) -> None:
        kept = self._composer.end_edit()
        self._tell_error(f"#{edit.number} was {ALREADY_SENT}" + (f": {_KEPT}." if kept else "."))

    def _not_opened(self, edit: EditOf, error: Exception) -> None:
        is_open = self._composer.purpose == edit
        if str(error) in _LATE:
            if is_open:
                self._lose(edit)
        elif isinstance(error, Refused):
            self._tell_error(f"Not edited: {error}")
            if is_open:
                self._composer.action_leave()
        else:
            self._tell_error(f"The queue does not wait for this edit: {error}")

    def _not_saved(self, purpose: EditOf | RewindTo, text: str, error: Exception) -> None:
        late = isinstance(purpose, EditOf) and str(error) in _LATE
        again = Unsent(purpose.number) if isinstance(purpose, EditOf) and late else purpose
        on_top = self._composer.reopen(again, text)
        if on_top and isinstance(again, EditOf):
            self.begin(again)
        where = _KEPT if late and on_top else "what you wrote is still here" if on_top else "what you wrote comes back"
        self._tell_error(f"Not saved: {error}; {where}.")
