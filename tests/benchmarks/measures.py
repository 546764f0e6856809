"""What can be measured, by name, in the order in which it is; `--only` takes these names."""

from tests.benchmarks import accepting, echoing, growing, interrupting, resting, starting, streaming
from tests.benchmarks.bench import Measure

MEASURES: dict[str, Measure] = {
    "start": starting.starts,
    "others": starting.starts_of_others,
    "cold": starting.cold_starts,
    "sessions": starting.starts_with_sessions,
    "escape-kitty": interrupting.escapes_with_kitty,
    "escape-legacy": interrupting.escapes_without_kitty,
    "prompt": interrupting.prompts,
    "now": interrupting.messages_now,
    "stream-full": streaming.at_full_speed,
    "stream-500": streaming.at_500_tokens,
    "echo-idle": echoing.idle,
    "echo-streaming": echoing.while_200_tokens_stream,
    "huge": echoing.while_huge_things_stream,
    "memory": resting.memory,
    "idle": resting.idle,
    "accept": accepting.prompts_accepted,
    "growth-opening": growing.opening,
    "growth": growing.work,
}
