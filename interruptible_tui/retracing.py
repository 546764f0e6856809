"""What a run has done and what it has asked the model, worked out from what is stored. Pure.

- A run begins with the messages of earlier runs, as they were seen then: rolled back or brought back since is not.
- The request of a turn has these, and of its own run what came before: earlier turns, and prompts up to this one. It
  is made of them as the agent makes it. What was trimmed is left out by later runs only.
- A turn asks the model once; an attempt that is repeated sends the same request again. Where a reply was cut before its
  first word, its turn asks anew: the later request is the turn's. A turn that repeats calls of a crashed run asks none.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from interruptible_tui.conversation import (
    CallStatus,
    Cut,
    Hold,
    Message,
    MessageStatus,
    Role,
    RunStatus,
    ToolSpec,
)
from interruptible_tui.request import Request, Setup, acceptable, to_repeat


class Hiding(Struct, frozen=True):
    """A message is hidden from the runs behind number `after`, up to and with number `until`; None: from all."""

    after: int
    until: int | None

    def hides_from(self, run: int) -> bool:
        return self.after < run and (self.until is None or run <= self.until)


class Kept(Struct, frozen=True):
    """A message as it was written, whatever was hidden since."""

    message: Message
    hidings: tuple[Hiding, ...] = ()


class Turn(Struct, frozen=True):
    """One model reply, as far as it is there."""

    number: int
    asked: bool
    """Whether it has asked the model, or was about to when its run ended."""
    reply: Message | None


def request(setup: Setup, kept: Iterable[Kept], run: int, turn: int) -> Request:
    """What run `run` has sent at its turn `turn`. `kept` is the whole conversation, in the order it was written."""
    messages = [each.message for each in kept if _is_seen(each, run) and _is_before(each.message, run, turn)]
    return Request(setup.model, setup.system, acceptable(messages), setup.tools, setup.parameters)


def _is_seen(kept: Kept, run: int) -> bool:
    return not any(hiding.hides_from(run) for hiding in kept.hidings)


def _as_seen(kept: Kept, run: int) -> Message:
    """The message as it was read when run `run` began."""
    return kept.message if _is_seen(kept, run) else replace(kept.message, status=MessageStatus.ROLLED_BACK)


def _is_before(message: Message, run: int, turn: int) -> bool:
    """Whether `message` was there when the model was asked at that turn."""
    if message.run != run:
        return message.run < run
    if message.role is Role.NOTE:  # it tells of the run, and was written when that was over
        return False
    return message.turn <= turn if message.role is Role.USER else message.turn < turn


def turns(own: Sequence[Message], status: RunStatus, reason: str, *, repeats: bool = False) -> list[Turn]:
    """The turns of a run, which has the messages `own`. `repeats`: its first turn made calls of a crashed run again."""
    replies = {message.turn: message for message in own if message.role is Role.ASSISTANT}
    last = max([*replies, *(message.turn for message in own if message.role is Role.USER)], default=1)
    if _goes_on(replies.get(last), status, reason):
        last += 1
    return [Turn(number, not (repeats and number == 1), replies.get(number)) for number in range(1, last + 1)]


def _goes_on(reply: Message | None, status: RunStatus, reason: str) -> bool:
    """Whether the run has asked, or was about to ask, for a turn of which nothing was written."""
    if reply is None or reason.startswith(Hold.TURN_LIMIT):
        return False
    if reply.cut is Cut.PROMPT and status is not RunStatus.CANCELLED:  # the reply was cut, and not the run
        return True
    return bool(reply.tool_calls) and all(call.status in _RETURNED for call in reply.tool_calls)


_RETURNED = {CallStatus.DONE, CallStatus.FAILED, CallStatus.DENIED}


def repeats(kept: Iterable[Kept], run: int, tools: Iterable[ToolSpec]) -> bool:
    """Whether the first turn of run `run`, which continues another one, has made calls of that again.

    `kept` has at least the messages of both.
    """
    messages = [_as_seen(each, run) for each in kept if _is_before(each.message, run, turn=1)]
    idempotent = {tool.name for tool in tools if tool.idempotent}
    return any(call.name in idempotent for call in to_repeat(messages))
