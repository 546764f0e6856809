"""A session as long as a test needs it, written straight into the tables, so that it takes no time to make."""

from interruptible_tui.conversation import CallStatus, Message, Mode, Role, RunStatus, ToolCall, Trigger
from interruptible_tui.store import Tables


def fill(tables: Tables, session: int, runs: int, *, results: int = 0, begin: int = 1) -> None:
    """`runs` runs: a prompt, an answer with so many calls, their results, and an answer where there are results."""
    for number in range(begin, begin + runs):
        tables.begin_run(session, number, Trigger.PROMPT, float(number))
        calls = tuple(ToolCall(f"c{at}", "cook", "{}", CallStatus.DONE) for at in range(results))
        said = [Message(role=Role.USER, text=f"question {number}", prompt_id=f"p{number}", mode=Mode.INCORPORATE)]
        said += [Message(role=Role.ASSISTANT, text=f"answer {number}", tool_calls=calls)]
        said += [Message(role=Role.TOOL, text=f"result {number}.{at}", tool_call_id=f"c{at}") for at in range(results)]
        said += [Message(role=Role.ASSISTANT, text=f"so {number}")] * bool(results)
        for at, message in enumerate(said):
            tables.add_message(session, _placed(message, number, turn=2 if results and at == len(said) - 1 else 1))
        tables.end_run(session, number, RunStatus.COMPLETED, "", float(number))


def _placed(message: Message, run: int, turn: int) -> Message:
    return Message(
        role=message.role,
        text=message.text,
        run=run,
        turn=turn,
        tool_calls=message.tool_calls,
        tool_call_id=message.tool_call_id,
        prompt_id=message.prompt_id,
        mode=message.mode,
        created_at=float(run),
    )
