"""What is on its way to a session."""

import asyncio

from interruptible_tui.conversation import Mode
from interruptible_tui.events import Submitted
from interruptible_tui.machine import SessionState
from interruptible_tui.machine.state import ActiveRun
from interruptible_tui.mailbox import Mailbox


async def test_what_is_cancelled_has_its_turn_before_the_mailbox_is_served() -> None:
    """The connection of a run is closed before anything is computed or written about its end."""
    order = list[str]()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            asyncio.get_running_loop().call_soon(order.append, "closed")  # as a transport closes its socket

    def end_early(_: object) -> None:
        run.cancel()

    run = asyncio.create_task(work())
    await asyncio.sleep(0)
    mailbox = Mailbox(SessionState(run=ActiveRun(1), runs=1), end_early)

    async def serve() -> None:
        await mailbox.wait()
        order.append("served")

    server = asyncio.create_task(serve())
    await asyncio.sleep(0)
    mailbox.post(Submitted("a", "stop", Mode.INTERRUPT))
    await server
    await asyncio.wait({run})
    assert order == ["closed", "served"]
