"""A chat to be tested: the real app, engine and store, with a scripted model and tools."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec.structs import replace
from textual import events
from textual.geometry import Region
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.widget import Widget

from interruptible_tui.agent import Agent
from interruptible_tui.catalogue import Catalogue
from interruptible_tui.conversation import Mode, Role
from interruptible_tui.engine import Engine
from interruptible_tui.providers import Provider
from interruptible_tui.store import SessionOwned, Store, StoreError
from interruptible_tui.store.choice import Choice, choose
from interruptible_tui.tools import Tool, Toolbox, ToolsError
from interruptible_tui.tui.app import ChatApp
from interruptible_tui.tui.chat import ChatScreen
from interruptible_tui.tui.composer import Composer
from interruptible_tui.tui.hints import HintLine
from interruptible_tui.tui.panel import PendingPanel
from interruptible_tui.tui.preferences import Preferences
from interruptible_tui.tui.status import StatusLine
from interruptible_tui.tui.transcript import Transcript
from tests.scripted import LIMIT

WELCOME = "Welcome, and this is how it works."


class Chat:
    """The app as a person uses it: keys in, screen out."""

    def __init__(self, app: ChatApp, pilot: Pilot[StoreError | SessionOwned | ToolsError], store: Store) -> None:
        self.app = app
        self.pilot = pilot
        self.store = store

    @property
    def screen(self) -> ChatScreen:
        return self.app.chat

    @property
    def engine(self) -> Engine:
        assert isinstance(self.screen.host, Engine)
        return self.screen.host

    @property
    def composer(self) -> Composer:
        return self.screen.query_one(Composer)

    @property
    def status(self) -> str:
        return shown(self.screen.query_one(StatusLine))

    @property
    def hint(self) -> str:
        return shown(self.screen.query_one(HintLine))

    @property
    def panel(self) -> str:
        panel = self.screen.query_one(PendingPanel)
        return shown(panel) if panel.display else ""

    @property
    def said(self) -> str:
        """What the transcript shows."""
        return shown(self.screen.query_one(Transcript))

    async def type(self, text: str, *keys: str) -> None:
        """`text` in one go, the keys one after the other."""
        if text:
            for character in text:
                self.app.post_message(events.Key(_character_to_key(character), character))
            await self.pilot.pause()  # until the app has passed them on
            await self.pilot.pause()  # until they are handled
        await self.pilot.press(*keys)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until `condition` holds; TimeoutError."""
        async with asyncio.timeout(LIMIT):
            while not condition():
                await self.pilot.pause()

    async def users(self) -> list[str]:
        """The user's messages in the conversation."""
        page = await self.engine.archive.page(self.engine.session, limit=1000)
        return [message.text for message in page.messages if message.role is Role.USER]


def burst(it: Chat, *keys: str) -> None:
    """All at once, as a paste from outside or a quick hand sends them."""
    for key in keys:
        it.app.post_message(events.Key(key, key if len(key) == 1 else None))


def shown(widget: Widget) -> str:
    """The lines that `widget` shows, as text."""
    strips = widget.render_lines(Region(0, 0, *widget.outer_size))
    return "\n".join(strip.text.rstrip() for strip in strips)


@asynccontextmanager
async def chat(
    directory: Path,
    provider: Provider,
    *tools: Tool,
    mode: Mode = Mode.INCORPORATE,
    size: tuple[int, int] = (80, 24),
    preferences: Preferences | None = None,
    welcome: str = WELCOME,
) -> AsyncIterator[Chat]:
    """A running chat on the database in `directory`."""
    store = await Store.open(directory)
    choice = Choice("default", mode, "model-1")
    agent = Agent(provider, Toolbox(tools), "model-1", "", retry_delay=0.0)

    async def open_first() -> Engine:
        return await Engine.open(store, await choose(store, choice), agent)

    async def open_another(name: str | None) -> Engine:
        session = await choose(store, replace(choice, name=name, new=name is None))
        return await Engine.open(store, session, agent)

    app = ChatApp(
        open_first,
        open_another,
        model="model-1",
        welcome=welcome,
        catalogue=Catalogue(store),
        preferences=preferences,
    )
    try:
        async with app.run_test(size=size) as pilot:
            made = Chat(app, pilot, store)
            await made.until(lambda: app.chat.host is not None and "default" in made.status)
            yield made
    finally:
        await app.close_sessions()
        await store.close()
