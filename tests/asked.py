"""What a scripted agent can see of a request, whichever its format: for scripts that are functions."""

from typing import Any


def users(body: dict[str, Any]) -> list[str]:
    """The texts of the user's messages, oldest first."""
    return [_text(entry.get("content")) for entry in _entries(body) if entry.get("role") == "user"]


def answers(body: dict[str, Any]) -> list[str]:
    """The texts of the assistant's messages, oldest first."""
    return [_text(entry.get("content")) for entry in _entries(body) if entry.get("role") == "assistant"]


def results(body: dict[str, Any]) -> list[str]:
    """The results of tool calls, oldest first."""
    chat = [_text(entry.get("content")) for entry in _entries(body) if entry.get("role") == "tool"]
    return chat + [entry["output"] for entry in _entries(body) if entry.get("type") == "function_call_output"]


def is_answered(body: dict[str, Any]) -> bool:
    """Whether the last thing in it is a tool's result: the model's turn within a run, not the start of one."""
    last = _entries(body)[-1]
    return last.get("role") == "tool" or last.get("type") == "function_call_output"


def _entries(body: dict[str, Any]) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = body.get("messages") or body.get("input") or []
    return entries


def _text(content: object) -> str:
    if isinstance(content, list):
        return "".join(part.get("text", "") for part in content)
    return content if isinstance(content, str) else ""
