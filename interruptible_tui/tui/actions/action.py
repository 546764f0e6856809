"""What an action is, and the chat that it acts upon."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from interruptible_tui.conversation import Mode, OnInterrupt, Prompt
    from interruptible_tui.machine import SessionState
    from interruptible_tui.tui.copier import Copier
    from interruptible_tui.tui.earlier import Earlier
    from interruptible_tui.tui.finder import Finder
    from interruptible_tui.tui.outfit import Outfit
    from interruptible_tui.tui.session_asks import What
    from interruptible_tui.tui.wishes import Wishes


class Chat(Protocol):
    """What actions act upon."""

    wishes: Wishes
    copier: Copier
    finder: Finder
    outfit: Outfit
    earlier: Earlier

    @property
    def state(self) -> SessionState: ...
    @property
    def selected(self) -> str:
        """Id of the prompt that is selected in the pending panel, or empty."""
        ...

    def send(self, text: str, mode: Mode | None, on_interrupt: OnInterrupt | None = None) -> None: ...
    def send_draft(self, mode: Mode | None, on_interrupt: OnInterrupt | None = None) -> None: ...
    def check_editable(self) -> None:
        """Raises Complaint in a session that is only looked at."""
        ...

    def edit(self, prompt: Prompt) -> None: ...
    def show_pending(self) -> None: ...
    def rewind(self, back: int) -> None:
        """Go on from the prompt so many back, 1 being the last one; 0: let one be picked."""
        ...

    def stop(self) -> None: ...
    def write_outside(self) -> None: ...
    def open_session(self, name: str | None) -> None: ...
    def ask_of_session(self, what: What, words: str) -> None: ...
    def show_sessions(self) -> None: ...
    def show_runs(self) -> None: ...
    def show_models(self) -> None:
        """Let one of the server's models be picked."""
        ...

    def show_help(self) -> None: ...
    def search(self, words: str) -> None:
        """Look for words in all sessions."""
        ...

    def export(self, name: str) -> None:
        """Write the session to a file of that name, which is new."""
        ...

    def inquire(self, what: str) -> None:
        """Tell "paths" or "config"."""
        ...

    def choose_theme(self, name: str) -> None:
        """Wear it; without a name: list them."""
        ...

    def write_out(self) -> None:
        """Write out the text of the chip before the cursor."""
        ...

    def back_out(self) -> None: ...
    def quit(self) -> None: ...


Perform = Callable[[Chat, str], None]


class Action(Struct, frozen=True):
    word: str
    """As a slash command, without the slash."""
    title: str
    """In the palette."""
    help: str
    perform: Perform
    """Given what stands behind the word; raises Complaint."""
    argument: str = ""
    """What may stand behind the word, for people; empty: nothing may."""
    keys: tuple[str, ...] = ()
    """Ids of bindings that stand for it, besides those that end in its word; see `registry`."""
    leads_away: bool = False
    """Whether another session, screen or part may get the keyboard, and all that follows the command."""
