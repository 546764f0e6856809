"""What Enter and Esc will do now: asked of the machine itself, so that what is said is what will happen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from interruptible_tui.conversation import Mode, Trigger
from interruptible_tui.effects import BeginRun, CancelRun
from interruptible_tui.events import ResumeRequested, StopRequested, Submitted
from interruptible_tui.machine import step
from interruptible_tui.text import clean_line

if TYPE_CHECKING:
    from interruptible_tui.machine import SessionState

SEPARATOR = " · "


def hints(state: SessionState, *, empty: bool, just_stopped: bool = False) -> list[str]:
    """What the keys do now, the most important first. `just_stopped`: an Esc would count as the second one."""
    enter = _resume(state) if empty else f"Enter: {_submit(state, None)}"
    said = [hint for hint in (enter, _stop(state, everything=just_stopped)) if hint]
    if empty:
        return [*said, "Shift+Tab: mode", "/help"]
    if state.run and not state.run.stop:
        said += [f"{key}: {mode}" for key, mode in _OTHER_KEYS if mode is not state.mode]
    elif state.later:
        said.append(f"Tab: {_submit(state, Mode.QUEUE)}")
    return [*said, "Ctrl+J: new line"]


_OTHER_KEYS = (("Tab", Mode.QUEUE), ("Ctrl+Enter", Mode.INTERRUPT), ("Alt+S", Mode.INCORPORATE))


def _submit(state: SessionState, mode: Mode | None) -> str:
    prompt = Submitted("", "", mode)
    after, effects = step(state, prompt)
    if any(isinstance(effect, CancelRun) for effect in effects):
        return "interrupt, start anew"
    if any(isinstance(effect, BeginRun) for effect in effects):
        return f"send, ahead of {len(state.later)} held" if state.hold else "send"
    if len(after.next) > len(state.next):
        return "opens the next run" if after.run and after.run.stop else "taken in at next step"
    if after.hold:
        return f"queue, with what is held: {after.hold}"
    return "queue, for a run of its own"


def _resume(state: SessionState) -> str:
    """What Enter on the empty line does; empty if nothing."""
    after, effects = step(state, ResumeRequested())
    if state.hold and not after.hold:
        return f"Enter: resume ({len(state.later)} held: {state.hold})"
    if any(isinstance(effect, BeginRun) and effect.trigger is Trigger.CONTINUE for effect in effects):
        return "Enter: retry"
    return ""


def _stop(state: SessionState, *, everything: bool) -> str:
    after, effects = step(state, StopRequested(everything))
    if not any(isinstance(effect, CancelRun) for effect in effects):
        return ""
    if everything or (state.run and state.run.stop):
        return "Esc: stop at once, hold everything" if after.later else "Esc: stop at once"
    return "Esc: stop, hold the queue" if after.hold and not state.hold else "Esc: stop"


def fitting(said: list[str], width: int) -> str:
    """As many of the hints as there is room for, the first one always."""
    while len(said) > 1 and cell_len(SEPARATOR.join(said)) > width:
        said = said[:-1]
    return SEPARATOR.join(said)


class HintLine(Widget):
    """Shows the hints; in their place a complaint about what was typed, until something else is."""

    DEFAULT_CSS = """
    HintLine {
        height: 1;
        padding: 0 1 0 2;
        color: $text-muted;
        text-wrap: nowrap;
    }
    """

    said: reactive[list[str]] = reactive(list[str])
    complaint: reactive[str] = reactive("")

    def render(self) -> Content:
        width = self.content_size.width
        if self.complaint:
            return Content.styled(clean_line(self.complaint), "$text-error").truncate(width, ellipsis=True)
        return Content(fitting(self.said, width)).truncate(width, ellipsis=True)
