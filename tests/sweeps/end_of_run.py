"""A sweep: prompts sent at moments spread around the end of a run, and what became of each.

Some of the moments are counted from when the model may finish its answer, which is a millisecond or two before the end
of the run, and some from the end itself: so they surround it on a busy machine too. The rest are right after the run
has been told at its last boundary that there is nothing more for it: too late for that run, and too early for the next.
A moment is spun for, not slept for: a timer of the event loop is no finer than a millisecond.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from interruptible_tui.conversation import Mode
from interruptible_tui.events import BoundaryReached, Published, RunEnded, RunStarted
from interruptible_tui.machine import SessionState
from tests.engine.driver import Chat, chatting
from tests.scripted import Gate, Reply, Scripted, says

PROMPTS = 150
NEAR = 5.0
"""Milliseconds on either side of the end that count as near."""
_SESSIONS = 5
"""Sessions that share the prompts, because a long conversation is slower to read."""


class Anchor(Enum):
    """What a moment is counted from."""

    ANSWER = auto()
    BOUNDARY = auto()
    END = auto()


_ANCHORS = (Anchor.ANSWER, Anchor.END, Anchor.ANSWER, Anchor.END, Anchor.BOUNDARY)
_RANGES = {Anchor.ANSWER: (-2.0, 4.0), Anchor.BOUNDARY: (0.0, 0.0), Anchor.END: (0.0, 4.5)}
"""Milliseconds, earliest and latest."""
_LAST_BOUNDARY = 2
"""Turn before which it is, because the first turn is the answer."""


@dataclass(frozen=True, slots=True)
class Shot:
    text: str
    offset: float
    """Milliseconds from the end of the run that it aimed at to its being sent; negative: before it."""
    outcome: str


@dataclass(frozen=True, slots=True)
class Aim:
    text: str
    mode: Mode
    delay: float
    """Seconds after the anchor."""
    anchor: Anchor


@dataclass(frozen=True, slots=True)
class Round:
    ended_at: float
    sent_at: float
    runs: tuple[RunStarted, ...]
    """That started after the first."""


async def sweep(directory: Path, mode: Mode, prompts: int = PROMPTS) -> list[Shot]:
    """Send `prompts` prompts of a mode around the end of a run each; after all has settled say what became of them."""
    aims = [_aim(number / (prompts - 1), number, mode) for number in range(prompts)]
    shots: list[Shot] = []
    for number in range(_SESSIONS):
        shots += await _session(directory / str(number), aims[number::_SESSIONS])
    return shots


def _aim(part: float, number: int, mode: Mode) -> Aim:
    """`part` of the way from the earliest moment to the latest."""
    anchor = _ANCHORS[number % len(_ANCHORS)]
    earliest, latest = _RANGES[anchor]
    delay = earliest + (latest - earliest) * part
    return Aim(f"late {number}", mode, delay / 1000, anchor)


async def _session(directory: Path, aims: Iterable[Aim]) -> list[Shot]:
    gates: list[Gate] = []
    async with chatting(directory, Scripted(script=lambda request: _reply(gates))) as chat:
        rounds = {aim.text: await _round(chat, gates, aim) for aim in aims}
        told = Counter(await chat.users()) + Counter(chat.waiting)
    return [_judged(text, each, told[text]) for text, each in rounds.items()]


def _reply(gates: list[Gate]) -> Reply:
    """The first reply of a round waits at its gate, the others come at once."""
    return says("an answer", gates.pop()) if gates else says("another")


async def _round(chat: Chat, gates: list[Gate], aim: Aim) -> Round:
    """One run, and a prompt around its end."""
    gate, ends, runs, sent = Gate(), list[float](), list[RunStarted](), list[asyncio.Task[str]]()

    def note(event: Published, _: SessionState) -> None:
        match event:
            case RunEnded():
                ends.append(time.perf_counter())
            case RunStarted():
                runs.append(event)
            case BoundaryReached(turn=turn) if aim.anchor is Anchor.BOUNDARY and turn == _LAST_BOUNDARY and not sent:
                sent.append(asyncio.create_task(chat.engine.submit(aim.text, aim.mode)))

    forget = chat.engine.observe(note)
    gates.append(gate)
    await chat.engine.submit(f"ask for {aim.text}", Mode.INCORPORATE)
    await gate.reached()
    if aim.anchor is Anchor.BOUNDARY:
        gate.open()
        sent_at = await _sent(sent)
    else:
        sent_at = await _fire(chat, gate, ends, aim)
    await chat.idle()
    forget()
    return Round(ends[0], sent_at, tuple(runs[1:]))


async def _sent(sent: list[asyncio.Task[str]]) -> float:
    while not sent:
        await asyncio.sleep(0)
    at = time.perf_counter()
    await sent[0]
    return at


async def _fire(chat: Chat, gate: Gate, ends: list[float], aim: Aim) -> float:
    """Open the gate, and send the prompt at the moment that is aimed at; the moment may be before."""
    from_the_end = aim.anchor is Anchor.END
    begun = time.perf_counter() - min(aim.delay, 0.0)
    if aim.delay >= 0:
        gate.open()
    while from_the_end and not ends:
        await asyncio.sleep(0)
    anchor = ends[0] if from_the_end else begun
    while time.perf_counter() < anchor + aim.delay:
        await asyncio.sleep(0)
    sent_at = time.perf_counter()
    sending = await chat.send(aim.text, aim.mode)
    while time.perf_counter() < begun:
        await asyncio.sleep(0)
    gate.open()
    await sending
    return sent_at


def _judged(text: str, each: Round, times: int) -> Shot:
    return Shot(text, (each.sent_at - each.ended_at) * 1000, _outcome(text, each, times))


def _outcome(text: str, each: Round, times: int) -> str:
    if times != 1:
        return "doubled" if times else "LOST"
    for run in each.runs:
        if text in [prompt.text for prompt in run.prompts]:
            return f"heads the next run ({run.trigger.value})"
    return "taken by this run"


def histogram(mode: Mode, shots: Iterable[Shot]) -> str:
    """The outcomes by the millisecond of their offset, one line for each."""
    bins = Counter((round(shot.offset), shot.outcome) for shot in shots)
    lines = [f"{mode.value}: milliseconds after the end of the run, outcome, prompts"]
    lines += [f"{at:+4} ms  {outcome:32} {number:3} {'#' * number}" for (at, outcome), number in sorted(bins.items())]
    totals = Counter(outcome for (_, outcome), number in bins.items() for _ in range(number))
    return "\n".join([*lines, f"total: {dict(totals)}, within ±{NEAR:g} ms: {near(shots)}"])


def near(shots: Iterable[Shot]) -> int:
    return sum(abs(shot.offset) <= NEAR for shot in shots)
