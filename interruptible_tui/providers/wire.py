"""The two wire formats: a request as the JSON body that a server is sent."""

from enum import StrEnum
from typing import Any, assert_never

from interruptible_tui.providers.chat import encode_chat
from interruptible_tui.providers.responses import encode_responses
from interruptible_tui.request import Request


class Api(StrEnum):
    CHAT = "chat"
    RESPONSES = "responses"


PATHS = {Api.CHAT: "/chat/completions", Api.RESPONSES: "/responses"}
"""Where a request goes, below the base URL."""


def encode(request: Request, api: Api) -> dict[str, Any]:
    match api:
        case Api.CHAT:
            return encode_chat(request)
        case Api.RESPONSES:
            return encode_responses(request)
        case _:
            assert_never(api)
