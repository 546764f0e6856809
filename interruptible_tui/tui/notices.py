"""What the program itself says in the transcript."""

from collections.abc import Sequence

from interruptible_tui.conversation import CallStatus, Hold, Message, RunStatus, ToolCall
from interruptible_tui.effects import Stop
from interruptible_tui.events import Outcome, RunEnded
from interruptible_tui.machine import ActiveRun, SessionState
from interruptible_tui.text import clean_line
from interruptible_tui.tui.actions import ACTIONS

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

_KEYS = """\
Enter             send; on the empty line: resume what is held, or retry
Tab               send as queue; complete a command
Alt+S             send as incorporate
Ctrl+Enter        send as interrupt
Shift+Tab, F4     switch the mode
Ctrl+J            new line; also Shift+Enter
Up, Down          earlier prompts
PageUp, PageDown  scroll; F6 goes into the conversation, and back
Esc               stop; a second time: at once, and hold everything
Ctrl+C            copy what is selected; else clear the draft, stop, quit
Ctrl+P, Ctrl+Q    command palette, quit"""


def help_text() -> str:
    commands = "\n".join(f"{f'/{action.word} {action.argument}':<17} {action.help}" for action in ACTIONS)
    return f"What you send while the agent works:\n\n{MODES}\n\n{_KEYS}\n\n{commands}"


def found_at_opening(state: SessionState, messages: Sequence[Message]) -> str:
    """What a session is found with; empty if nothing is out of the ordinary."""
    said = []
    if state.last is RunStatus.CRASHED:
        said.append(f"Run {state.runs} was cut off when the program ended: /continue goes on with it.")
        said += [_unknown(call.name) for call in _calls(state.runs, messages) if call.status is CallStatus.UNKNOWN]
    if state.later:
        said.append(f"{held(state)} since the restart: Enter on the empty line resumes.")
    return " ".join(said)


def _calls(run: int, messages: Sequence[Message]) -> list[ToolCall]:
    return [call for message in messages if message.run == run for call in message.tool_calls]


def _unknown(tool: str) -> str:
    return f"Whether {clean_line(tool)} has done its work is not known; it is not repeated by itself."


def held(state: SessionState) -> str:
    waiting = len(state.later)
    return "1 prompt is held" if waiting == 1 else f"{waiting} prompts are held"


def end_of_run(event: RunEnded, run: ActiveRun | None, state: SessionState, took: str) -> tuple[str, bool]:
    """What is said when a run has ended, and whether it is an error; empty if its messages say it all.

    `run` is the run as it was before, `state` the session since, `took` how long it worked.
    """
    stop = run.stop if run else None
    if stop in {Stop.CLOSE, Stop.STORAGE, Stop.INTERRUPT}:
        return "", False
    if stop and event.outcome is Outcome.CANCELLED:
        return f"Stopped: run {event.run}, after {took}.{_what_now(state)}", False
    match event.outcome:
        case Outcome.COMPLETED:
            return "", False
        case Outcome.TURN_LIMIT:
            return f"Run {event.run} reached its {event.reason}.{_what_now(state)}", True
        case Outcome.CANCELLED:
            return f"Run {event.run} ended early: {event.reason}.{_what_now(state)}", True
        case Outcome.FAILED | Outcome.RATE_LIMITED:
            return f"Run {event.run} failed: {event.reason}. What it said is kept.{_what_now(state)}", True


def _what_now(state: SessionState) -> str:
    if state.run:
        return ""
    if state.hold and state.later:
        return f" {held(state)} ({state.hold}): Enter on the empty line resumes."
    if state.last is RunStatus.FAILED:
        return " Enter on the empty line retries."
    return " /continue goes on with it." if state.hold is not Hold.RESTART else ""
