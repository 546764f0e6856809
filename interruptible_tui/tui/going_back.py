"""What is said when runs are rolled back or brought back, which may happen far above what is on the screen."""

from collections.abc import Iterable, Sequence

from interruptible_tui.conversation import CompensationStatus, MessageStatus, Role
from interruptible_tui.events import (
    CompensationEnded,
    HistoryChanged,
    Published,
    RollbackEnded,
    RollbackRequested,
    Seen,
)
from interruptible_tui.tui.reply import HIDDEN

_AGAIN = {CompensationStatus.FAILED, CompensationStatus.UNKNOWN}


class GoingBack:
    def __init__(self) -> None:
        self._asked = False
        """Whether a run was to be rolled back: other rollbacks follow from a prompt, and are seen with that."""
        self._left = 0
        """Calls that the rollback under way has tried to undo in vain."""

    def follow(self, event: Published) -> str:
        """What is said of `event`; empty if nothing is."""
        match event:
            case RollbackRequested():
                self._asked = True
            case HistoryChanged(seen):
                return self._changed([each for each in seen if each.role is not Role.NOTE])
            case CompensationEnded(status=status):
                self._left += status in _AGAIN
            case RollbackEnded():
                left, self._left = self._left, 0
                return "/compensate tries again to undo what could not be undone" if left else ""
            case _:
                pass
        return ""

    def _changed(self, seen: Sequence[Seen]) -> str:
        away = [each for each in seen if each.status is MessageStatus.ROLLED_BACK]
        back = [each for each in seen if each.status not in HIDDEN]
        if back:
            return f"Brought back: {_runs(back)}"
        if away and self._asked:
            self._asked = False
            return f"Rolled back: {_runs(away)}"
        return ""


def _runs(messages: Iterable[Seen]) -> str:
    """As people read them: "run 3", or "runs 2-4, 7"."""
    spans: list[list[int]] = []
    for run in sorted({message.run for message in messages}):
        if spans and run == spans[-1][-1] + 1:
            spans[-1] = [spans[-1][0], run]
        else:
            spans.append([run])
    named = ", ".join("-".join(map(str, span)) for span in spans)
    return f"runs {named}" if len(spans) > 1 or len(spans[0]) > 1 else f"run {named}"
