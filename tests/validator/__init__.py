"""What the real API refuses, as pure functions from a request's JSON body to the rules it breaks.

The rules are those that OpenAI's endpoints answer with status 400, in their words where they have words for it, and
three of servers that are only nearly compatible: llama.cpp wants content beside tool calls and arguments that are a
JSON object, and many chat templates want the system message first. Each violation names its rule. An empty list is a
request that is accepted.
"""

from tests.validator.chat import check_chat
from tests.validator.responses import check_responses

__all__ = ["check_chat", "check_responses"]
