"""What the program itself says in the transcript."""

from collections.abc import Sequence

from interruptible_tui.conversation import CallStatus, Hold, Message, Prompt, RunStatus, ToolCall
from interruptible_tui.effects import Stop
from interruptible_tui.events import Outcome, Published, RunEnded, UndoRequested
from interruptible_tui.machine import ActiveRun, Before, SessionState
from interruptible_tui.text import clean_line
from interruptible_tui.tui.pending import shown

MODES = """\
INCORPORATE  the agent takes it in at its next step, and goes on
QUEUE        it waits, and gets a run of its own afterwards
INTERRUPT    the agent stops, and starts anew with it"""

WELCOME = f"""\
Write while the agent works. What happens then is the mode's business; Shift+Tab switches it:

{MODES}"""

DEMO = """\
This is the built-in demo: no network, no key. Try "Prepare a burger and a caesar salad." and, while it works, \
"Oh, and please add some croutons to the salad!\""""


def waiting(state: SessionState, prompt: str) -> Prompt | None:
    """The pending prompt of that id."""
    return next((each.prompt for each in state.pending if each.prompt.id == prompt), None)


def undone(event: Published, before: SessionState) -> str:
    """What is said when a withdrawal is taken back; every other undo can be seen."""
    undo = before.undo
    if isinstance(event, UndoRequested) and isinstance(undo, Before) and undo.withdrawn:
        return f"It waits again: {shown(undo.prompt.text)}"
    return ""


def found_at_opening(state: SessionState, messages: Sequence[Message], enter: str) -> str:
    """What a session is found with, empty if that is nothing special. `enter`: what the key that sends is called."""
    said = []
    if state.last is RunStatus.CRASHED:
        said.append(f"Run {state.runs} was cut off when the program ended: /continue goes on with it.")
        said += [_unknown(call.name) for call in _calls(state.runs, messages) if call.status is CallStatus.UNKNOWN]
    if state.later:
        said.append(f"{held(state)} since the session was opened: {enter} on the empty line resumes.")
    return " ".join(said)


def _calls(run: int, messages: Sequence[Message]) -> list[ToolCall]:
    return [call for message in messages if message.run == run for call in message.tool_calls]


def _unknown(tool: str) -> str:
    return f"Whether {clean_line(tool)} has done its work is not known; it is not repeated by itself."


def held(state: SessionState) -> str:
    waiting = len(state.later)
    return "1 prompt is held" if waiting == 1 else f"{waiting} prompts are held"


def end_of_run(event: RunEnded, run: ActiveRun | None, state: SessionState, took: str, enter: str) -> tuple[str, bool]:
    """What is said when a run has ended, and whether it is an error; empty if its messages say it all.

    `run` is the run as it was before, `state` the session since, `took` how long it worked,
    `enter` the name of the key that sends.
    """
    stop = run.stop if run else None
    if stop in {Stop.CLOSE, Stop.STORAGE, Stop.INTERRUPT}:
        return "", False
    if stop and event.outcome is Outcome.CANCELLED:
        return f"Stopped: run {event.run}, after {took}.{_what_now(state, enter)}", False
    match event.outcome:
        case Outcome.COMPLETED:
            return "", False
        case Outcome.TURN_LIMIT:
            return f"Run {event.run} reached its {event.reason}.{_what_now(state, enter)}", True
        case Outcome.CANCELLED:
            return f"Run {event.run} ended early: {event.reason}.{_what_now(state, enter)}", True
        case Outcome.FAILED | Outcome.RATE_LIMITED:
            return f"Run {event.run} failed: {event.reason}. What it said is kept.{_what_now(state, enter)}", True


def _what_now(state: SessionState, enter: str) -> str:
    if state.run:
        return ""
    if state.hold and state.later:
        return f" {held(state)} ({state.hold}): {enter} on the empty line resumes."
    if state.last is RunStatus.FAILED:
        return f" {enter} on the empty line retries."
    return " /continue goes on with it." if state.hold is not Hold.RESTART else ""
