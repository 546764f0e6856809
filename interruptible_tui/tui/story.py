"""The engine's events, told to the transcript."""

from interruptible_tui.events import (
    CallStreamed,
    HistoryChanged,
    MessageAdded,
    Published,
    StorageFailed,
    TextStreamed,
    ToolEnded,
    ToolPrinted,
    ToolStarted,
    TurnStarted,
)
from interruptible_tui.tui.transcript import Transcript


def tell(transcript: Transcript, event: Published) -> None:
    """Show `event`, if it belongs to the conversation."""
    match event:
        case MessageAdded(message=message):
            transcript.add(message)
        case HistoryChanged():
            transcript.revise(event)
        case TextStreamed(run, turn, text):
            transcript.stream(run, turn, text)
        case CallStreamed(run, turn, index, call_id, name, arguments):
            transcript.stream_call(run, turn, index, call_id, name, arguments)
        case TurnStarted(run, turn, attempt) if attempt > 1:
            transcript.abandon(run, turn)
        case ToolStarted(run, turn, call_id):
            transcript.call_started(run, turn, call_id)
        case ToolPrinted(run, turn, call_id, text):
            transcript.call_printed(run, turn, call_id, text)
        case ToolEnded(run, turn, call_id, status, message):
            transcript.call_ended(run, turn, call_id, status, message.text)
        case StorageFailed(run, reason):
            transcript.notice(f"Run {run} is stopped, and everything is held: {reason}", error=True)
        case _:
            pass
