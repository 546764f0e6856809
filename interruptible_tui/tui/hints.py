"""What Enter and Esc will do now: asked of the machine itself, so that what is said is what will happen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from interruptible_tui.conversation import Mode, OnInterrupt, Trigger
from interruptible_tui.effects import BeginRun, CancelRun, CutReply
from interruptible_tui.events import EditSaved, ResumeRequested, StopRequested, Submitted
from interruptible_tui.machine import step
from interruptible_tui.text import clean_line
from interruptible_tui.tui.key_names import names_in
from interruptible_tui.tui.sheets import EditOf, Purpose, RewindTo

if TYPE_CHECKING:
    from textual import events

    from interruptible_tui.machine import SessionState

SEPARATOR = " · "


def hints(state: SessionState, *, empty: bool, just_stopped: bool = False, purpose: Purpose | None = None) -> list[str]:
    """What the keys do now, the most important first.

    `just_stopped`: an Esc would count as the second one. `purpose`: what is being written, if it is no new prompt.
    """
    if isinstance(purpose, EditOf):
        return _edit(state, purpose)
    if isinstance(purpose, RewindTo):
        return ["Enter: roll back what came after, go on with this", "Esc: leave it as it is"]
    return _write(state, empty=empty, just_stopped=just_stopped)


def _edit(state: SessionState, edit: EditOf) -> list[str]:
    _, effects = step(state, EditSaved(edit.prompt.id, "its new text"))
    starts = any(isinstance(effect, BeginRun) for effect in effects)
    modes = [f"{key}: {mode}" for key, mode in _OTHER_KEYS if mode not in {edit.prompt.mode, Mode.INTERRUPT}]
    return [
        "Enter: save, and it starts" if starts else "Enter: save",
        "Esc: leave it as it was",
        "Ctrl+Enter: save, send now",
        *modes,
    ]


def _write(state: SessionState, *, empty: bool, just_stopped: bool) -> list[str]:
    enter = _resume(state) if empty else f"Enter: {_submit(state, None)}"
    said = [hint for hint in (enter, _stop(state, everything=just_stopped)) if hint]
    if empty:
        waits = ["Up: edit the last", "Alt+P: what waits"] if state.pending else []
        back = ["Esc Esc: rewind"] if state.runs and not state.run else []
        find = ["Ctrl+F: find"] if state.runs else []
        return [*said, *waits, "Shift+Tab: mode", *back, "/help", *find]
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
        return _INTERRUPTS[state.on_interrupt]
    if any(isinstance(effect, CutReply) for effect in effects):
        return "cut the reply, taken in at once"
    if any(isinstance(effect, BeginRun) for effect in effects):
        return f"send, ahead of {len(state.later)} held" if state.hold else "send"
    if len(after.next) > len(state.next):
        return "opens the next run" if after.run and after.run.stop else "taken in at next step"
    if after.hold:
        return f"queue, with what is held: {after.hold}"
    return "queue, for a run of its own"


_INTERRUPTS = {
    OnInterrupt.KEEP: "interrupt, start anew",
    OnInterrupt.TRIM: "interrupt, drop this turn, start anew",
    OnInterrupt.ROLLBACK: "interrupt, roll back, start anew",
}


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
        holds = (after.hold and not state.hold) or len(after.next) < len(state.next)
        return "Esc: hold everything" if holds else ""
    if everything or (state.run and state.run.stop):
        return "Esc: stop at once, hold everything" if after.later else "Esc: stop at once"
    return "Esc: stop, hold the queue" if after.hold and not state.hold else "Esc: stop"


def fitting(said: list[str], width: int) -> str:
    """As many of the hints as there is room for, the first one always."""
    while len(said) > 1 and cell_len(SEPARATOR.join(said)) > width:
        said = said[:-1]
    return SEPARATOR.join(said)


class HintLine(Widget):
    """Shows the hints; in their place, until something is typed, a complaint about what was, or what has been done.

    A click on a hint is told by its number.
    """

    DEFAULT_CSS = """
    HintLine {
        height: 1;
        padding: 0 1 0 2;
        color: $text-muted;
        text-wrap: nowrap;
    }
    """

    @dataclass
    class Clicked(Message):
        hint: int
        """Which one, from 0."""

    said: reactive[list[str]] = reactive(list[str])
    """With the usual keys, as "Esc: back"; what is shown has those that they are mapped to."""
    places: tuple[str, ...] = ()
    """Where these keys are bound, see `bindings`."""
    complaint: reactive[str] = reactive("")
    remark: reactive[str] = reactive("")
    """What was done."""

    def render(self) -> Content:
        width = self.content_size.width
        if self.complaint:
            return Content.styled(clean_line(self.complaint), "$text-error").truncate(width, ellipsis=True)
        if self.remark:
            return Content.styled(clean_line(self.remark), "$text-success").truncate(width, ellipsis=True)
        return Content(fitting(self._shown, width)).truncate(width, ellipsis=True)

    @property
    def _shown(self) -> list[str]:
        names = names_in(self.app)
        return [names.hint(hint, *self.places) for hint in self.said]

    def on_click(self, event: events.Click) -> None:
        at = event.get_content_offset_capture(self).x
        for index, hint in enumerate(self._shown):
            if 0 <= at < cell_len(hint):
                self.post_message(self.Clicked(index))
            at -= cell_len(hint) + len(SEPARATOR)
