"""All that was said in a session, for a run that begins: however long that is, the keys are heard meanwhile.

It is read by the run itself, so that a stop ends the reading; and in stretches, so that nobody waits long behind it
for the database or for the interpreter. Nothing comes between them: what is added to a conversation while a run is
active, only that run asks for.
"""

import gc
from functools import partial

from interruptible_tui.conversation import Message
from interruptible_tui.store import Session, Store, Tables
from interruptible_tui.store.messages import LAST

STRETCH = 500
"""Messages that are read in one go."""
LONG = 5_000
"""Messages from which on the garbage collector would take longer than a key may wait."""


async def past(store: Store, session: Session) -> list[Message]:
    """All that is stored of `session`, oldest first. StoreError.

    A long one is kept from the garbage collector: there are no cycles in it, so it goes without that, and to look
    through 100,000 messages takes 80 ms, several times while they are read.
    """
    messages: list[Message] = []
    end = 0
    while end < LAST:
        stretch = await store.read(partial(Tables.page_after, session=session.id, after=end, limit=STRETCH))
        messages += stretch.messages
        end = stretch.before - 1 if stretch.before < LAST else LAST
        if len(messages) >= LONG:
            gc.collect(1)  # what has become garbage meanwhile must not be kept with them
            gc.freeze()
    return messages
