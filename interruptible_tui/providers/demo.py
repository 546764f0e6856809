"""The embedded demo: a scripted agent behind the interface of a real model; it needs no network and no key.

It plans what it is asked, calls `execute_task` once per task, one after the other, heeds what arrives meanwhile, and
answers. It keeps no state: like a real model it works everything out from the request each time.
"""

import asyncio
import json
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from interruptible_tui.conversation import Message, Role, Usage
from interruptible_tui.providers import CallDelta, Delta, Finish, Finished, TextDelta
from interruptible_tui.request import Request

MODEL = "demo"
TOOL = "execute_task"
TOOLS = "interruptible_tui.tools.demo"
"""The module that holds it."""
_WORD = 0.04
"""Seconds per word at speed 1."""
_THINK = 0.6
"""Seconds before the first word at speed 1."""

_POLITE = re.compile(
    r"^(?:(?:oh|ok|okay|and|also|hey|then|now|please|could you|can you|would you)\b[\s,]*)+", re.IGNORECASE
)
_ADD = re.compile(
    r"^(?:add|put)\s+(?:some\s+)?(?P<what>.+?)\s+(?:to|on|onto|in|into)\s+(?:the|my)?\s*(?P<where>.+)$", re.IGNORECASE
)
_DO = re.compile(
    r"^(?P<verb>prepare|make|cook|bake|serve|order|write|draw|build|fetch|clean|plan)\s+(?P<what>.+)$", re.IGNORECASE
)
_FORGET = re.compile(r"\b(?:forget|never mind|cancel|stop|instead)\b", re.IGNORECASE)
_AND = re.compile(r"\s*,\s*(?:and\s+)?|\s+and\s+", re.IGNORECASE)


@dataclass(slots=True)
class Task:
    description: str
    done: bool = False


@dataclass(slots=True)
class Plan:
    """What the conversation has asked for so far, and how far it is."""

    tasks: list[Task] = field(default_factory=list)
    asked: bool = False
    """Whether the latest prompt asked for anything at all."""
    fresh: int = 0
    """How many of `tasks` were there before the latest prompt."""

    @property
    def open(self) -> list[Task]:
        return [task for task in self.tasks if not task.done]

    def ask(self, text: str) -> None:
        """Take in a user's message; each line may ask for something."""
        self.asked, self.fresh = False, len(self.tasks)
        for line in text.splitlines():
            self._ask(_POLITE.sub("", line.strip()).rstrip(" .!"))

    def _ask(self, wish: str) -> None:
        if _FORGET.search(wish):
            self.tasks = [task for task in self.tasks if task.done]
            self.fresh = len(self.tasks)
        if addition := _ADD.match(wish):
            self._add(addition["what"], addition["where"])
        elif order := _DO.match(wish):
            self.tasks += [Task(f"{order['verb'].capitalize()} {item}") for item in _AND.split(order["what"]) if item]
        else:
            return
        self.asked = True

    def _add(self, what: str, where: str) -> None:
        for task in self.open:
            if where.split()[-1].lower() in task.description.lower():
                joint = "and" if " with " in task.description else "with"
                task.description += f" {joint} {what}"
                return
        self.tasks.append(Task(f"Add {what} to the {where}"))

    def finish(self, description: str) -> None:
        for task in self.open:
            if task.description == description:
                task.done = True
                return


def plan(messages: tuple[Message, ...]) -> Plan:
    """What is to be done, read from the conversation alone."""
    result, calls = Plan(), dict[str, str]()
    for message in messages:
        match message.role:
            case Role.USER if not message.text.startswith("["):
                result.ask(message.text)
            case Role.ASSISTANT:
                calls |= {call.id: _description(call.arguments) for call in message.tool_calls}
            case Role.TOOL if message.text.startswith("done"):
                result.finish(calls.get(message.tool_call_id or "", ""))
            case _:
                pass
    return result


class Demo:
    """The provider. `speed` scales its time: 2 is twice as fast."""

    def __init__(self, speed: float = 1.0) -> None:
        self._speed = speed

    async def stream(self, request: Request) -> AsyncGenerator[Delta, None]:
        await asyncio.sleep(_THINK / self._speed)
        todo = plan(request.messages)
        text = _say(todo, request.messages)
        for word in re.findall(r"\S+\s*", text):
            yield TextDelta(word)
            await asyncio.sleep(_WORD / self._speed)
        if todo.open:
            arguments = json.dumps({"description": todo.open[0].description}, ensure_ascii=False)
            yield CallDelta(0, f"call_{len(request.messages)}", TOOL, arguments)
        read = sum(len(message.text.split()) for message in request.messages)
        yield Finished(Finish.STOP, Usage(read, len(text.split())))

    async def warm(self) -> None:
        """Nothing has to be imported."""

    async def close(self) -> None:
        pass


def _say(todo: Plan, messages: tuple[Message, ...]) -> str:
    """The text of the reply; the call, if there is one, follows it."""
    last = next((message for message in reversed(messages) if message.role is not Role.ASSISTANT), None)
    heard = last is not None and last.role is Role.USER
    if todo.open and heard:
        steps = "".join(f"\n{number}. {task.description}" for number, task in enumerate(todo.open, 1))
        return f"Here is my plan:\n{steps}\n\nI begin with the first."
    if todo.open:
        return f"Next: {todo.open[0].description}."
    if todo.asked:
        made = "".join(f"\n- {task.description}" for task in todo.tasks[todo.fresh :] or todo.tasks)
        return f"All done:\n{made}\n\nEnjoy! What else?"
    return (
        "I am the built-in demo: I need no network and no key, and I only know how to do tasks. Try\n\n"
        "> Prepare a burger and a caesar salad.\n\n"
        "and, while I work,\n\n"
        "> Oh, and please add some croutons to the salad!\n\n"
        "Switch the mode with **Shift+Tab** and see the difference."
    )


def _description(arguments: str) -> str:
    return str(json.loads(arguments).get("description", ""))
