"""A chat whose session can choose: real servers, described as in a config file, and the workshop of the program."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from msgspec.structs import replace
from textual.pilot import Pilot

from interruptible_tui.conversation import Mode
from interruptible_tui.engine import Engine
from interruptible_tui.settings import Settings
from interruptible_tui.store import SessionOwned, Store, StoreError
from interruptible_tui.store.choice import Choice, choose
from interruptible_tui.tools import ToolsError
from interruptible_tui.tui.app import ChatApp
from interruptible_tui.workshop import open_workshop
from tests.tui.chats import Chat

Ended = StoreError | SessionOwned | ToolsError


@asynccontextmanager
async def choosing(directory: Path, settings: Settings) -> AsyncIterator[Chat]:
    """A running chat on the database in `directory`, as the program makes it of `settings`."""
    async with AsyncExitStack() as stack:
        workshop = await stack.enter_async_context(open_workshop(settings))
        store = await Store.open(directory)
        stack.push_async_callback(store.close)
        choice = Choice("default", Mode.INCORPORATE, settings.model, seed_endpoint=settings.endpoint or "")

        async def open_session(name: str | None) -> Engine:
            session = await choose(store, replace(choice, name=name, new=name is None))
            return await Engine.open(store, session, workshop.agent(session, await workshop.tools()))

        app = ChatApp(lambda: open_session("default"), open_session, model=workshop.first_model, workshop=workshop)
        stack.push_async_callback(app.close_sessions)
        pilot: Pilot[Ended] = await stack.enter_async_context(app.run_test(size=(100, 30)))
        made = Chat(app, pilot, store)
        await made.until(lambda: app.chat.host is not None and "default" in made.status)
        yield made
