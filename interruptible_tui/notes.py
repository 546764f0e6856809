"""What is told after a rollback, to the model and to people: which calls were not undone, and which were.

Names, arguments and what a compensation said are told as they came, on one line and cut short; whoever shows a note
cleans it.
"""

from collections.abc import Sequence

from interruptible_tui.conversation import Compensation, CompensationStatus

LISTED = 20
"""How many calls are named; the others are counted."""
_ARGUMENTS = 120
"""Characters of a call's arguments."""
_REASON = 200
"""Characters of what a compensation said."""


def note(compensations: Sequence[Compensation]) -> str | None:
    """What is told when a rollback is over. `compensations` are all of its calls; None if nothing of them remains."""
    left = [(each, why) for each in compensations if (why := _why_not(each))]
    if not left:
        return None
    hidden = f"Work of {_runs(compensations)} was rolled back and is hidden"
    return f"[{hidden}. Not undone, so its effects may remain: {_listed(left)}.]"


def brought_back(compensations: Sequence[Compensation]) -> str | None:
    """What is told when what a rollback had hidden is shown again; None if none of its calls has been undone."""
    undone = [(each, how) for each in compensations if (how := _how(each))]
    if not undone:
        return None
    shown = f"Work of {_runs(compensations)} had been rolled back and is shown again"
    return f"[{shown}. Undone all the same, so its effects may be gone: {_listed(undone)}.]"


def _why_not(compensation: Compensation) -> str:
    """Why its call is not undone; empty if it is, or if there was nothing to undo."""
    match compensation.status:
        case CompensationStatus.DONE | CompensationStatus.NEEDLESS:
            return ""
        case CompensationStatus.NOT_DECLARED:
            return "no compensation declared"
        case CompensationStatus.FAILED:
            return f"its compensation failed{_reason(compensation)}"
        case CompensationStatus.RUNNING | CompensationStatus.UNKNOWN:
            return "its compensation was cut, and may have done a part"
        case CompensationStatus.WAITING:
            return "not tried"


def _how(compensation: Compensation) -> str:
    """In how far its call is undone; empty if it is not."""
    match compensation.status:
        case CompensationStatus.DONE:
            return "undone"
        case CompensationStatus.FAILED:
            return f"perhaps in part, its compensation failed{_reason(compensation)}"
        case CompensationStatus.RUNNING | CompensationStatus.UNKNOWN:
            return "perhaps, its compensation was cut"
        case CompensationStatus.NOT_DECLARED | CompensationStatus.NEEDLESS | CompensationStatus.WAITING:
            return ""


def _reason(compensation: Compensation) -> str:
    """The first line of what it said; where in its code that came from follows there, and helps nobody here."""
    first = compensation.text.strip().partition("\n")[0]
    return f": {_line(first, _REASON)}" if first else ""


def _runs(compensations: Sequence[Compensation]) -> str:
    *others, last = sorted({compensation.run for compensation in compensations})
    return f"runs {', '.join(map(str, others))} and {last}" if others else f"run {last}"


def _listed(calls: Sequence[tuple[Compensation, str]]) -> str:
    listed = [
        f"{_line(compensation.call.name, _ARGUMENTS)} {_line(compensation.call.arguments, _ARGUMENTS)} ({said})"
        for compensation, said in calls[:LISTED]
    ]
    more = len(calls) - len(listed)
    return "; ".join(listed + [f"and {more} more"] * (more > 0))


def _line(text: str, width: int) -> str:
    """`text` on one line of at most `width` characters, an ellipsis in place of what was cut."""
    line = " ".join(text[: 4 * width].split())
    return line if len(line) <= width and len(text) <= 4 * width else f"{line[: width - 1]}…"
