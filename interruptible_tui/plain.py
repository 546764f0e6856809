"""What is stored, as plain values for JSON, keys without a value left out, and in words that people read.

`orphaned`: nobody runs the session any more, and what is still told to be running there is not.
"""

from datetime import UTC, datetime
from typing import Any

from interruptible_tui.conversation import CallStatus, Message, Role, ToolCall, parse_arguments
from interruptible_tui.store import StoredMessage
from interruptible_tui.text import clean_line

WHO = {Role.USER: "You", Role.ASSISTANT: "Assistant", Role.TOOL: "Tool", Role.NOTE: "Note"}
"""As people read it."""


def message_values(stored: StoredMessage, orphaned: bool) -> dict[str, Any]:
    message = stored.message
    values = {
        "id": stored.id,
        "role": message.role,
        "text": message.text,
        "status": message.status,
        "run": message.run,
        "turn": message.turn,
        "tool_calls": [call_values(call, orphaned) for call in message.tool_calls] or None,
        "tool_call_id": message.tool_call_id,
        "prompt_id": message.prompt_id,
        "mode": message.mode,
        "receipt": message.receipt,
        "created_at": time_of(message.created_at),
    }
    return {key: value for key, value in values.items() if value is not None}


def call_values(call: ToolCall, orphaned: bool) -> dict[str, Any]:
    return {
        "id": call.id,
        "name": call.name,
        "arguments": parse_arguments(call.arguments) or {},
        "status": call_status(call, orphaned),
    }


def call_status(call: ToolCall, orphaned: bool) -> CallStatus:
    return CallStatus.UNKNOWN if orphaned and call.status is CallStatus.RUNNING else call.status


def fate(message: Message) -> str:
    """What became of it, where that is to be told to people."""
    status = "" if message.status == "complete" else message.status.replace("_", " ")
    told = [each for each in (status, clean_line(message.receipt or "")) if each]
    return f" ({', '.join(told)})" if told else ""


def time_of(at: float) -> str:
    """RFC 3339 in UTC."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
