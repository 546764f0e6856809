"""The latest runs of some sessions, read again only as far as they can have changed; older ones when asked for."""

from collections.abc import Iterable

from interruptible_tui.archive import Archive, ListedRun
from interruptible_tui.conversation import RunStatus
from interruptible_tui.store import Session

STRETCH = 200
"""Runs of a session that are read at first, and each time that more are asked for."""


class Ledger:
    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._runs: dict[int, list[ListedRun]] = {}
        """By session."""
        self._seen: dict[int, tuple[float, int]] = {}
        """When each session was last used, and its revision, as far as it has been read."""
        self._after: dict[int, int] = {}
        """The run of each session behind which its runs are known; 0: they all are."""

    def is_whole(self, session: Session) -> bool:
        """Whether its first run is known."""
        return not self._after.get(session.id)

    def look_back(self, session: Session) -> None:
        """The next reading, which is to be anew, has more runs."""
        self._after[session.id] = max(0, self._after.get(session.id, 0) - STRETCH)

    async def of_session(self, session: Session, *, anew: bool = False) -> list[ListedRun]:
        """Oldest first. `anew`: older ones may be seen differently. StoreError."""
        if session.id not in self._after:
            self._after[session.id] = max(0, await self._archive.last_run(session) - STRETCH)
        known = [] if anew else self._runs.get(session.id, [])
        settled = next((at for at, run in enumerate(known) if run.status is RunStatus.RUNNING), len(known))
        after = known[settled - 1].record.number if settled else self._after[session.id]
        runs = self._runs[session.id] = [*known[:settled], *await self._archive.runs(session, after)]
        return runs

    async def of_all(self, *, anew: bool = False) -> list[ListedRun]:
        """Those of all sessions, the one that began last at the end. StoreError."""
        runs: list[ListedRun] = []
        for session, revision in await self._archive.sessions():
            known, before = self._runs.get(session.id), self._seen.get(session.id)
            now = self._seen[session.id] = session.last_used_at, revision
            if known is None or anew or now != before or is_active(known):
                revised = before is not None and before[1] != revision
                known = await self.of_session(session, anew=anew or revised)
            runs += known
        return sorted(runs, key=lambda run: run.record.started_at)


def is_active(runs: Iterable[ListedRun]) -> bool:
    return any(run.status is RunStatus.RUNNING for run in runs)
