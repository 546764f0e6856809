"""What is measured, in the order in which it is told, and the goals: data alone."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Goal:
    """An upper limit for one statistic of our own program."""

    of: str
    """"p50", "p95" or "max"; "spread" is the largest p50 among all sizes divided by the smallest."""
    limit: float
    """In the row's unit; with `to`, a ratio."""
    to: str | None = None
    """"floor": of the floor's p50 in this row; "row/program": of that p50."""


@dataclass(frozen=True)
class Row:
    name: str
    title: str
    unit: str
    goals: tuple[Goal, ...] = ()


def _of_floor(limit: float) -> Goal:
    return Goal("p50", limit, "floor")


ROWS = (
    Row("start-echo", "start → a typed key is echoed", "ms", (_of_floor(1.2),)),
    Row("start-echo-cold", "start → a typed key is echoed, no bytecode cached", "ms", (_of_floor(1.2),)),
    Row(
        "start-session-10000-echo",
        "start → a typed key is echoed, session of 10,000 messages",
        "ms",
        (Goal("p50", 1.2, "start-session-short-echo/floor"),),
    ),
    Row("start-session-2000-echo", "start → a typed key is echoed, session of 2,000 messages", "ms"),
    Row("start-session-short-echo", "start → a typed key is echoed, session of 4 messages", "ms"),
    Row("start-request", "start → first request on the wire", "ms", (_of_floor(1.0),)),
    Row("start-session-short-shown", "start → the last of 4 messages is shown", "ms"),
    Row(
        "start-session-2000-shown",
        "start → the last of 2,000 messages is shown",
        "ms",
        (Goal("p50", 1.1, "start-session-short-shown/ours"),),
    ),
    Row("start-session-10000-shown", "start → the last of 10,000 messages is shown", "ms"),
    Row(
        "escape-kitty",
        "Esc → the server sees it closed, kitty protocol",
        "ms",
        (_of_floor(1.2), Goal("p95", 15)),
    ),
    Row("escape-legacy", "Esc → the server sees it closed, no kitty protocol", "ms", (Goal("p50", 20),)),
    Row("prompt", "interrupting prompt: Enter → first request of the new run", "ms", (Goal("p95", 50),)),
    Row("now", "message taken in at once: Enter → the cut answer is closed", "ms"),
    Row("stream-full-lag", "5,000 tokens of Markdown at once: last sent → shown", "ms", (Goal("p50", 168),)),
    Row("stream-full-cpu", "5,000 tokens of Markdown at once: CPU", "s", (Goal("p50", 0.5),)),
    Row("stream-500-lag", "5,000 tokens at 500/s: last sent → shown", "ms", (Goal("p50", 40),)),
    Row("stream-500-cpu", "5,000 tokens at 500/s: CPU", "s", (Goal("p50", 2.5),)),
    Row("echo-idle", "key → its echo, idle", "ms", (Goal("p50", 2.5),)),
    Row(
        "echo-streaming",
        "key → its echo while 200 tokens/s stream",
        "ms",
        (Goal("p50", 5), Goal("p95", 15), Goal("max", 33)),
    ),
    *(
        Row(f"huge-{name}", f"key → its echo while {what} streams", "ms", (Goal("p95", 16), Goal("max", 50)))
        for name, what in (
            ("code", "a code block of 10,000 lines"),
            ("table", "a table of 500 rows"),
            ("line", "a line of 1 MB"),
            ("answer", "an answer of 100,000 tokens"),
        )
    ),
    *(
        Row(f"huge-{name}-lag", f"{what}: last sent → shown", "ms")
        for name, what in (
            ("code", "code block of 10,000 lines in 10 s"),
            ("table", "table of 500 rows in 10 s"),
            ("line", "line of 1 MB in 10 s"),
            ("answer", "answer of 100,000 tokens in 10 s"),
        )
    ),
    Row("memory-idle", "memory (PSS), idle with openai imported", "MiB", (_of_floor(1.2),)),
    Row("memory-session", "memory (PSS) with a session of 2,000 messages", "MiB", (_of_floor(1.3),)),
    Row("idle-cpu", "CPU while idle", "%", (Goal("p50", 0.25),)),
    Row("idle-wakeups", "wake-ups of all threads while idle", "/s"),
    Row("accept", "a prompt accepted: committed with WAL and FULL", "ms", (Goal("p50", 2, "accept/bare commit"),)),
    Row("growth-opening", "opening: start → the last message is shown", "ms", (Goal("spread", 1.2),)),
    Row("growth-typing", "typing: key → its echo", "ms", (Goal("spread", 1.2),)),
    Row("growth-streaming", "streaming: CPU of 1,000 tokens at 500/s", "s", (Goal("spread", 1.2),)),
    Row("growth-interrupting", "interrupting: Esc → the server sees it closed", "ms", (Goal("spread", 1.2),)),
    Row("growth-request", "asking: Enter → the request, which has all messages", "ms"),
)
