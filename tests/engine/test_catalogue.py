"""What is done to whole sessions: they are listed, renamed, forked, deleted, and brought back."""

import asyncio
import time
from pathlib import Path

import pytest

from interruptible_tui.agent import Agent
from interruptible_tui.catalogue import Catalogue
from interruptible_tui.conversation import Mode, OnInterrupt
from interruptible_tui.engine import Engine
from interruptible_tui.events import HistoryChanged, RestoreRequested, RollbackEnded, RollbackRequested
from interruptible_tui.host import Refused
from interruptible_tui.past import past
from interruptible_tui.providers.chat import encode_chat
from interruptible_tui.request import Request, acceptable
from interruptible_tui.store import Session, Store
from interruptible_tui.store.choice import Choice, choose
from interruptible_tui.store.index import BATCH
from interruptible_tui.tools import Tool, Toolbox
from tests.engine.driver import Chat, chatting, lines, query
from tests.engine.test_restart import copied
from tests.long_session import fill
from tests.scripted import Gate, Scripted, Undoable, Work, calls, says
from tests.store.test_files import opened
from tests.validator import check_chat


async def made(store: Store, *names: str) -> list[Session]:
    return [await choose(store, Choice(name, Mode.QUEUE, "m")) for name in names]


async def names(store: Store) -> set[str]:
    return {each.session.name for each in await Catalogue(store).listed()}


async def asked_of(store: Store, session: Session) -> list[str]:
    """What a request in `session` would be made of, which the API accepts."""
    messages = acceptable(await past(store, session))
    assert not messages or not check_chat(encode_chat(Request("m", "", messages)))
    return lines(messages)


async def engine_of(store: Store, session: Session, model: Scripted, *tools: Tool) -> Engine:
    return await Engine.open(store, session, Agent(model, Toolbox(tools), "m", ""))


# -- listing


async def test_a_session_is_listed_with_its_title_its_last_line_and_how_much_is_pending(tmp_path: Path) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(says("Hello.\n\nI think ", gate, "so."))) as chat:
        await chat.engine.submit("  \n Make a burger.\nAnd a salad.")
        await gate.reached()
        await chat.engine.submit("later", Mode.QUEUE)
        (listed,) = await Catalogue(chat.store).listed()
        assert (listed.session.title, listed.session.pending, listed.owned) == ("Make a burger.", 1, True)
        assert listed.last_line in {"Make a burger.", "And a salad.", "I think"}  # as far as it is written down
        gate.open()
        await chat.idle()
        (listed,) = await Catalogue(chat.store).listed()
        assert (listed.last_line, listed.session.pending) == ("Done.", 0)


async def test_what_has_been_streamed_so_far_is_the_last_line(tmp_path: Path) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(says("Hello.\n\nI think ", 0.3, "so", 0.3, gate))) as chat:
        await chat.engine.submit("Say it.")
        await gate.reached()
        (listed,) = await Catalogue(chat.store).listed()
        assert listed.last_line == "I think so"
        gate.open()


async def test_a_session_is_found_by_its_name_or_by_how_its_name_or_title_begins(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await made(store, "work", "worn", "Walk", "w")
        catalogue = Catalogue(store)
        assert (await catalogue.named("w")).name == "w"
        assert (await catalogue.named("wal")).name == "Walk"
        for words, why in (("wor", "2 sessions begin with"), ("x", "there is no session named 'x'")):
            with pytest.raises(Refused, match=why):
                await catalogue.named(words)
        with pytest.raises(Refused, match="there is no session named 'wal'"):
            await catalogue.named("wal", exactly=True)


# -- renaming


async def test_a_renamed_session_has_that_name_and_title_and_keeps_everything(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted()) as chat:
        await chat.engine.submit("Hi")
        await chat.idle()
        renamed = await Catalogue(chat.store).rename(chat.engine.session, " Dinner\nfor two ")
        assert (renamed.id, renamed.name) == (chat.engine.session.id, "Dinner for two")
        await chat.engine.submit("More")
        await chat.idle()
        (listed,) = await Catalogue(chat.store).listed()
        assert (listed.session.name, listed.session.title) == ("Dinner for two", "Dinner for two")
        assert chat.store.owns(renamed)
        assert await chat.users() == ["Hi", "More"]


async def test_no_session_gets_the_name_of_another_one_and_none_is_without(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        one, _ = await made(store, "one", "two")
        for name, why in (("two", "there is a session named 'two' already"), (" \n", "a session needs a name")):
            with pytest.raises(Refused, match=why):
                await Catalogue(store).rename(one, name)
        assert (await Catalogue(store).rename(one, "one")).name == "one"
        assert await names(store) == {"one", "two"}


# -- deleting


async def test_a_deleted_session_is_in_no_listing_and_not_the_one_last_used_and_comes_back_whole(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as store:
        _, two = await made(store, "one", "two")
        await store.write(lambda tables: fill(tables, two.id, 2))
        before = await asked_of(store, two)
        await Catalogue(store).delete(two)
        await Catalogue(store).delete(two)
        assert await names(store) == {"one"}
        assert await store.read(lambda tables: tables.last_used()) == "one"
        assert [each.name for each in await store.read(lambda tables: tables.counted_sessions())] == ["one"]
        assert [each.name for each in await store.read(lambda tables: tables.sessions())] == ["one"]
    async with opened(tmp_path) as store:
        assert (await Catalogue(store).bring_back(None)).name == "two"
        assert await names(store) == {"one", "two"}
        assert await asked_of(store, two) == before
        with pytest.raises(Refused, match="no session was deleted"):
            await Catalogue(store).bring_back(None)


async def test_the_one_deleted_last_comes_back_first_or_the_one_that_is_named(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        catalogue = Catalogue(store)
        for session in await made(store, "one", "two", "three"):
            await catalogue.delete(session)
        assert (await catalogue.bring_back("one")).name == "one"
        assert (await catalogue.bring_back(None)).name == "three"
        with pytest.raises(Refused, match="no session named 'one' was deleted"):
            await catalogue.bring_back("one")


async def test_the_name_of_a_deleted_session_begins_anew_and_the_deleted_one_comes_back_under_another(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as store:
        catalogue = Catalogue(store)
        (old,) = await made(store, "work")
        await store.write(lambda tables: fill(tables, old.id, 1))
        await catalogue.delete(old)
        (new,) = await made(store, "work")
        assert new.id != old.id
        assert await asked_of(store, new) == []
        back = await catalogue.bring_back(None)
        assert (back.id, back.name) == (old.id, "work (2)")
        assert await names(store) == {"work", "work (2)"}


async def test_a_session_that_another_process_runs_is_neither_deleted_nor_renamed_from_here(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted()) as chat, opened(tmp_path) as elsewhere:
        catalogue = Catalogue(elsewhere)
        with pytest.raises(Refused, match=r"is open in another process .*: it can be deleted there"):
            await catalogue.delete(chat.engine.session)
        with pytest.raises(Refused, match=r"is open in another process .*: it can be renamed there"):
            await catalogue.rename(chat.engine.session, "mine")
        assert await names(elsewhere) == {"default"}


async def test_a_session_that_is_opened_while_it_is_deleted_is_not_a_deleted_one(tmp_path: Path) -> None:
    """The other process has chosen it before, and opens it after."""
    async with opened(tmp_path) as store:
        (session,) = await made(store, "work")
        await Catalogue(store).delete(session)
        engine = await engine_of(store, session, Scripted())
        assert await names(store) == {"work"}
        await engine.close()


# -- forking


async def settled(store: Store, session: Session) -> list[str]:
    return [each.message.status for each in await store.read(lambda tables: tables.messages(session.id))]


async def test_a_fork_asks_the_same_of_the_model_and_goes_its_own_way(tmp_path: Path) -> None:
    model = Scripted(calls(("work", {"what": "burger"}), text="First."), says("One."), says("Two."), says("Three."))
    async with chatting(tmp_path, model, Undoable()) as chat:
        for text in ("cook", "bake", "fry"):
            await chat.engine.submit(text)
            await chat.idle()
        await chat.engine.ask(RollbackRequested(2))
        await chat.hears(RollbackEnded)
        forked = await Catalogue(chat.store).fork(chat.engine.session, None)
        assert forked.name == "default fork"
        assert await asked_of(chat.store, forked) == await asked_of(chat.store, chat.engine.session)
        assert await settled(chat.store, forked) == [message.status for message in await chat.history()]
        other = Scripted(says("Other."))
        copy = Chat(await engine_of(chat.store, forked, other, Undoable()), chat.store)
        await copy.engine.submit("boil")
        await copy.idle()
        assert lines(other.requests[0].messages) == [*await chat_request(chat), "user: boil"]
        assert [run.number for run in await copy.runs()] == [1, 2, 3, 4]
        assert await chat.users() == ["cook", "bake", "fry"]
        await copy.engine.ask(RestoreRequested(1))
        await copy.hears(HistoryChanged)
        assert "user: bake" in await asked_of(chat.store, forked)
        assert "user: bake" not in await asked_of(chat.store, chat.engine.session)
        await copy.engine.close()


async def chat_request(chat: Chat) -> list[str]:
    return await asked_of(chat.store, chat.engine.session)


async def test_a_fork_of_a_session_at_work_has_its_finished_turns_and_nothing_pending_or_active(tmp_path: Path) -> None:
    gate = Gate()
    model = Scripted(calls(("work", {}), text="First."), calls(("work", {}), ("work", {}), text="Second."))
    tool = Work(gates=[opened_gate()], gate=gate)
    async with chatting(tmp_path, model, tool) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.engine.submit("later", Mode.QUEUE)
        forked = await Catalogue(chat.store).fork(chat.engine.session, "copy")
        assert await asked_of(chat.store, forked) == ["user: cook", "assistant: First.", "tool: done"]
        copy = Chat(await engine_of(chat.store, forked, Scripted()), chat.store)
        assert (copy.engine.state.run, copy.waiting, await copy.statuses()) == (None, [], ["cancelled"])
        assert (await copy.runs())[0].reason == "the session was forked while it was active"
        assert (chat.waiting, await chat.statuses()) == (["later"], ["running"])
        await copy.engine.continue_run()
        await copy.idle()
        assert (await copy.said())[-1] == "assistant: Done."
        await copy.engine.close()
        gate.open()


def opened_gate() -> Gate:
    gate = Gate()
    gate.open()
    return gate


async def test_a_fork_in_the_middle_of_an_answer_has_its_prompt_and_no_part_of_it(tmp_path: Path) -> None:
    gate = Gate()
    async with chatting(tmp_path, Scripted(says("Hel", 0.3, gate, "lo"))) as chat:
        await chat.engine.submit("Hi")
        await gate.reached()
        assert query(tmp_path, "SELECT count(*) FROM pieces") != [0]
        forked = await Catalogue(chat.store).fork(chat.engine.session, "copy")
        assert await asked_of(chat.store, forked) == ["user: Hi"]
        gate.open()
        await chat.idle()
        assert await chat.said() == ["user: Hi", "assistant: Hello"]


async def test_a_fork_of_what_a_crash_has_cut_is_as_the_session_will_be_found(tmp_path: Path) -> None:
    gate = Gate()
    model = Scripted(calls(("work", {}), text="First."), says("Hel", 0.3, gate))
    crashed = tmp_path / "crashed"
    async with chatting(tmp_path, model, Work()) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        copied(tmp_path, crashed)
        gate.open()
    async with opened(crashed) as store:
        session = await store.read(lambda tables: tables.session("default"))
        forked = await Catalogue(store).fork(session, "copy")
        whole = await asked_of(store, session)
        assert whole[:4] == ["user: cook", "assistant: First.", "tool: done", "assistant: Hel"]
        assert await asked_of(store, forked) == whole
        assert query(crashed, "SELECT status FROM runs") == ["crashed", "crashed"]


async def test_rolling_back_a_fork_undoes_nothing_that_the_session_has_done(tmp_path: Path) -> None:
    tool = Undoable()
    async with chatting(tmp_path, Scripted(calls(("work", {}))), tool) as chat:
        await chat.engine.submit("cook")
        await chat.idle()
        forked = await Catalogue(chat.store).fork(chat.engine.session, "copy")
        copy = Chat(await engine_of(chat.store, forked, Scripted(), tool), chat.store)
        await copy.engine.ask(RollbackRequested(1))
        await copy.hears(RollbackEnded)
        assert await asked_of(chat.store, forked) == []
        assert tool.undone == []
        await chat.engine.ask(RollbackRequested(1))
        await chat.hears(RollbackEnded)
        assert len(tool.undone) == 1
        await copy.engine.close()


async def test_a_session_is_not_forked_while_a_rollback_is_under_way_nor_onto_another_one(tmp_path: Path) -> None:
    gate, undo = Gate(), Gate()
    async with chatting(tmp_path, Scripted(calls(("work", {})), says("half", gate)), Undoable(undo_gate=undo)) as chat:
        await chat.engine.submit("cook")
        await gate.reached()
        await chat.interrupt("bake", OnInterrupt.ROLLBACK)
        await undo.reached()
        with pytest.raises(Refused, match="a rollback is under way"):
            await Catalogue(chat.store).fork(chat.engine.session, "copy")
        undo.open()
        await chat.hears(RollbackEnded)
        await chat.idle()
        with pytest.raises(Refused, match="there is a session named 'default' already"):
            await Catalogue(chat.store).fork(chat.engine.session, "default")
        assert await names(chat.store) == {"default"}


async def test_a_long_session_is_forked_in_one_short_transaction_and_forks_of_forks_number_on(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        (session,) = await made(store, "long")
        await store.write(lambda tables: fill(tables, session.id, 2_000, results=2))
        began = time.monotonic()
        forked = await Catalogue(store).fork(session, None)
        assert time.monotonic() - began < 5
        assert query(tmp_path, "SELECT count(*) FROM messages GROUP BY session_id") == [10_000, 10_000]
        again = await Catalogue(store).fork(session, None)
        assert (forked.name, again.name) == ("long fork", "long fork 2")
        assert query(tmp_path, "SELECT max(id) FROM messages") == [30_000]
        assert query(tmp_path, "PRAGMA foreign_key_check") == []


async def test_what_a_fork_has_copied_is_indexed_in_short_transactions_between_which_others_write(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as store:
        (session,) = await made(store, "long")
        await store.write(lambda tables: fill(tables, session.id, 5 * BATCH))
        catalogue, waits = Catalogue(store), "SELECT count(*) FROM unindexed"
        await catalogue.index()
        (before,) = query(tmp_path, waits)
        await catalogue.fork(session, None)
        (forked,) = query(tmp_path, waits)
        assert before < BATCH and forked > 9 * BATCH
        async with asyncio.TaskGroup() as both:
            both.create_task(catalogue.index())
            await asyncio.sleep(0)
            await catalogue.use(session)
            assert query(tmp_path, waits)[0] > forked - 4 * BATCH
        assert query(tmp_path, waits)[0] < BATCH
