"""Parameters of a model call: what goes into a request besides what the program itself puts there.

They have the names of the wire format that they are sent in, and are passed through as they are. Names that Chat
Completions has for what Responses calls otherwise are understood there, too: see `providers.responses`.
"""

import json
from collections.abc import Mapping
from typing import Any

Parameters = Mapping[str, Any]
"""By name; None: it is not sent."""

OURS = frozenset(
    {"model", "messages", "input", "instructions", "tools", "functions", "stream", "stream_options", "store", "n"}
    | {"background", "conversation", "previous_response_id", "prompt"}
)
"""What the program sends itself, and what would make a server answer with something else than one stream."""


def check(name: str, value: object) -> None:
    """ValueError, which goes on after the name, where it is no parameter, or not of a kind that JSON has."""
    if name in OURS:
        raise ValueError("is no parameter: the program itself decides about it")
    if not name or not name.isprintable() or " " in name:
        raise ValueError("should be the name of a parameter, such as temperature")
    try:
        json.dumps(value, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError):
        raise ValueError("should be a value that JSON has") from None


def merged(*layers: Parameters) -> dict[str, Any]:
    """What is sent: a later layer beats an earlier one, and None takes away."""
    values = {name: value for layer in layers for name, value in layer.items()}
    return {name: value for name, value in values.items() if value is not None}
