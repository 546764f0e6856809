"""What a call is told whose tool is not begun; and whether a call that is stored was told so."""

from collections.abc import Iterable

from interruptible_tui.conversation import CallStatus, ToolCall

_UNKNOWN = "error: there is no tool named "
_NO_OBJECT = "error: the arguments are not a JSON object: "
_WRONG = "error: the arguments are wrong:"


def unknown_tool(name: str, known: Iterable[str]) -> str:
    return f"{_UNKNOWN}{name!r}; the tools are: {', '.join(known) or 'none'}"


def no_object(arguments: str) -> str:
    return f"{_NO_OBJECT}{arguments}"


def wrong_arguments(complaints: Iterable[str]) -> str:
    return "\n".join([_WRONG, *complaints])


def was_refused(call: ToolCall, result: str | None) -> bool:
    """Whether `call`, of which the model was told `result`, has failed without its tool having been begun.

    What a tool raises is told with the name of its error first, and what it returns does not make the call fail.
    """
    return call.status is CallStatus.FAILED and (result or "").startswith((_UNKNOWN, _NO_OBJECT, _WRONG))
