"""`send`: a prompt to a session that another process runs; where nobody does, it waits there, held.

The prompt is committed first; then whoever runs the session is woken to look.
"""

import json
import time
from uuid import uuid4

from interruptible_tui.arguments import Format
from interruptible_tui.conversation import IncorporateAt, Mode, OnInterrupt
from interruptible_tui.events import Submitted
from interruptible_tui.output import write, write_error
from interruptible_tui.store import Session, Store
from interruptible_tui.store.bells import ring
from interruptible_tui.text import clean_line, storable


async def send(
    store: Store,
    session: Session,
    text: str,
    format_: Format,
    mode: Mode | None = None,
    on_interrupt: OnInterrupt | None = None,
    incorporate_at: IncorporateAt | None = None,
) -> None:
    """Returns when the prompt is durable and has been told of; what is None is the session's. StoreError."""
    prompt = Submitted(uuid4().hex, storable(text), mode, time.time(), on_interrupt, incorporate_at)
    await store.write(lambda tables: tables.add_sent(session.id, prompt))
    heard = ring(store.places(session).bell)
    owner = store.owner(session)
    if format_ is Format.JSON:
        values = {"id": prompt.id, "session": session.name, "pid": owner.pid if owner else None}
        write(json.dumps(values) + "\n")
    elif owner:
        when = "" if heard else ", but could not be woken: it is taken in after the next run"
        write_error(f"sent to {clean_line(session.name)}, which is open (pid {owner.pid}){when}\n")
    else:
        write_error(f"{clean_line(session.name)} is not open: the prompt waits there, held; the chat resumes it\n")
