"""What the user has said, as far as it is known."""

from pathlib import Path

from msgspec.structs import replace

from interruptible_tui.conversation import MessageStatus
from interruptible_tui.events import HistoryChanged, MessageAdded
from interruptible_tui.tui.hindsight import Hindsight
from tests.engine.driver import chatting
from tests.long_session import fill
from tests.scripted import Scripted
from tests.tui.transcripts import seen, stored, user

ROLLED_BACK = MessageStatus.ROLLED_BACK


async def test_only_prompts_that_the_model_sees_can_be_gone_back_to(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted()) as chat:
        it = Hindsight()
        it.begin(chat.engine, await chat.engine.last_page())
        one, two, three = stored(user("one"), user("two"), user("three", 2))
        for message in (one, replace(two, status=ROLLED_BACK), three):
            it.follow(MessageAdded(1, message))
        assert [message.text for message in it.said] == ["one", "three"]
        assert it.texts == ["one", "two", "three"]
        it.follow(HistoryChanged(seen(two, replace(three, status=ROLLED_BACK))))
        assert [message.text for message in it.said] == ["one", "two"]


async def test_what_is_older_is_read_in_stretches_until_all_is_known(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted()) as chat:
        await chat.store.write(lambda tables: fill(tables, chat.engine.session.id, 100))
        it = Hindsight()
        it.begin(chat.engine, await chat.engine.last_page())
        assert it.texts == [f"question {number}" for number in range(71, 101)]
        assert await it.look_back(50) == [f"question {number}" for number in range(21, 71)]
        assert len(await it.look_back(50)) == 20
        assert it.texts == [f"question {number}" for number in range(1, 101)]
        assert await it.look_back() == []
