"""What the user has said in a session: the latest is known, what is older is read when somebody goes back to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from interruptible_tui.conversation import MessageStatus, Role
from interruptible_tui.events import HistoryChanged, MessageAdded

if TYPE_CHECKING:
    from interruptible_tui.conversation import Message
    from interruptible_tui.events import Published
    from interruptible_tui.host import Host
    from interruptible_tui.store import Page

STRETCH = 100
"""Messages that are read at once."""


class Hindsight:
    def __init__(self) -> None:
        self._host: Host | None = None
        self._said: list[Message] = []
        self._before: int | None = None
        """The id before which there may be more; None: all is known."""

    def begin(self, host: Host, page: Page) -> None:
        """The session was opened, and those are its last messages."""
        self._host = host
        self._said = [message for message in page.messages if message.role is Role.USER]
        self._before = page.after + 1 if page.after else None

    @property
    def said(self) -> list[Message]:
        """What the model sees, as far as it is known, oldest first."""
        return [message for message in self._said if message.status is not MessageStatus.ROLLED_BACK]

    @property
    def texts(self) -> list[str]:
        """All that is known, oldest first."""
        return [message.text for message in self._said]

    @property
    def is_complete(self) -> bool:
        return self._before is None

    def follow(self, event: Published) -> None:
        match event:
            case MessageAdded(message=message) if message.role is Role.USER:
                self._said.append(message)
            case HistoryChanged(seen):
                statuses = {each.id: each.status for each in seen}
                self._said = [replace(each, status=statuses.get(each.id or 0, each.status)) for each in self._said]
            case _:
                pass

    async def look_back(self, limit: int = STRETCH) -> list[str]:
        """Read the next older ones; returns their texts, oldest first. Nothing where another has just read them.

        StoreError.
        """
        host, before = self._host, self._before
        if not host or before is None:
            return []
        found = await host.archive.said(host.session, before, limit)
        if (host, before) != (self._host, self._before):
            return []
        self._said[:0] = found
        self._before = found[0].id if len(found) == limit else None
        return [message.text for message in found]
