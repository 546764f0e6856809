"""What was written and not sent is there again at the next start: the draft, what lies over it, what is attached."""

import asyncio
from pathlib import Path

from textual import events

from interruptible_tui.conversation import Mode
from interruptible_tui.drafts import Draft, Drafts, NoDrafts
from interruptible_tui.store import Session
from tests.scripted import Gate, Scripted, says
from tests.tui.chats import Chat, chat


async def kept(it: Chat) -> Draft:
    return await it.engine.drafts.read()


async def until_kept(it: Chat, text: str) -> None:
    """Wait until `text` is the draft on the disk, chips as their labels."""
    async with asyncio.timeout(10):
        while "".join(label or piece for piece, label in (await kept(it)).text) != text:
            await asyncio.sleep(0.01)


async def test_a_draft_is_back_at_the_next_start_with_its_chips_and_its_cursor(tmp_path: Path) -> None:
    long = "line\n" * 30
    async with chat(tmp_path, Scripted()) as it:
        await it.type("before ")
        it.app.post_message(events.Paste(long))
        await it.type(" after", "left", "left")
    async with chat(tmp_path, Scripted()) as it:
        assert it.composer.draft == f"before {long} after"
        assert it.composer.has_chips
        await it.type("!")
        assert it.composer.draft == f"before {long} aft!er"


async def test_a_draft_is_written_down_while_the_program_goes_on_and_so_is_its_end(tmp_path: Path) -> None:
    async with chat(tmp_path, Scripted()) as it:
        await it.type("half")
        await until_kept(it, "half")
        await it.type(" a thought")
        await until_kept(it, "half a thought")
        await it.type("", "ctrl+c")
        await until_kept(it, "")


async def test_what_is_typed_before_the_draft_is_back_is_sent_alone_and_the_draft_comes_back(tmp_path: Path) -> None:
    async with chat(tmp_path, Scripted(says("Heard."))) as it:
        it.composer.restore(Draft(text=(("old", ""),)), ())
        await it.type("", "ctrl+c")
        await it.type("new")
        it.composer.restore(Draft(text=(("old", ""),)), ())
        assert it.composer.draft == "new"
        standing = it.composer.standing()
        assert (standing.text, standing.aside) == ((("old", ""),), ((("new", ""),),))
        await it.type("", "enter")
        await it.until(lambda: it.composer.draft == "old")
        assert await it.users() == ["new"]


async def test_the_stashed_draft_is_kept_and_so_is_an_edit_that_was_open(tmp_path: Path) -> None:
    never = Gate()
    async with chat(tmp_path, Scripted(says("Wor", never)), mode=Mode.QUEUE) as it:
        await it.type("Work.", "enter")
        await it.until(lambda: it.engine.state.run is not None)
        await it.type("later", "enter")
        await it.until(lambda: len(it.engine.state.pending) == 1)
        await it.type("draft", "alt+up")
        await it.type(", much")
    async with chat(tmp_path, Scripted(), mode=Mode.QUEUE) as it:
        assert it.composer.draft == "draft"
        assert "held" in it.panel
        await it.type("", "alt+up")
        assert it.composer.draft == "later, much"
        await it.type("", "escape")
        assert it.composer.draft == "draft"


async def test_a_prompt_gone_back_to_and_changed_is_kept_beside_the_draft(tmp_path: Path) -> None:
    async with chat(tmp_path, Scripted(says("Heard."))) as it:
        await it.type("Say one", "enter")
        await it.until(lambda: "Heard." in it.said and it.engine.state.run is None)
        await it.type("draft", "up")
        await it.type(" more")
    async with chat(tmp_path, Scripted()) as it:
        assert it.composer.draft == "draft"
        await it.type("", "up")
        assert it.composer.draft == "Say one more"


async def test_a_prompt_is_accepted_and_the_draft_given_up_in_one_step(tmp_path: Path) -> None:
    async with chat(tmp_path, Scripted(says("Heard."), says("Heard."))) as it:
        await it.engine.drafts.keep(Draft(text=(("Say one", ""),)))
        it.engine.drafts.standing = lambda: Draft(text=(("rest", ""),))
        session = it.engine.session.id
        accepted = asyncio.create_task(it.engine.submit("Say one"))
        seen: list[str] = []
        while "rest" not in "".join(seen[-1:]):
            draft, prompts = await it.store.read(lambda tables: (tables.draft(session), tables.said(session, 1000, 10)))
            assert ("Say one" in draft) == (not prompts)
            seen.append(draft)
        await accepted


async def test_who_looks_on_neither_sees_nor_changes_the_draft(tmp_path: Path) -> None:
    async with chat(tmp_path, Scripted()) as it:
        session: Session = it.engine.session
        await Drafts(it.store, session).keep(Draft(text=(("mine", ""),)))
        follower = NoDrafts(it.store, session)
        assert await follower.read() == Draft()
        await follower.keep(Draft(text=(("theirs", ""),)))
        assert (await kept(it)).text == (("mine", ""),)


async def test_what_sqlite_refuses_is_kept_as_far_as_it_can_be(tmp_path: Path) -> None:
    async with chat(tmp_path, Scripted()) as it:
        await it.engine.drafts.keep(Draft(text=(("a\0b\ud800\x1b]0;x\x07", ""),), behind=1))
        assert (await kept(it)).text == (("a\ufffdb\ufffd\x1b]0;x\x07", ""),)


async def test_what_cannot_be_read_as_a_draft_is_shown_as_it_is(tmp_path: Path) -> None:
    for content in ("not JSON", "{}", '{"text": 1, "behind": 0, "left": {}, "aside": []}'):
        assert Draft.decode(content) == Draft(text=((content, ""),))


async def test_what_comes_back_while_the_session_is_closed_is_kept(tmp_path: Path) -> None:
    async with chat(tmp_path, Scripted()) as it:
        await it.type("early")
        closing = asyncio.create_task(it.screen.close())
        for _ in range(3):
            await asyncio.sleep(0)
        it.composer.write("late")
        await closing
        assert (await kept(it)).text == (("late", ""),)
