"""Which session is opened, and as what: seeds make a new one, flags replace what a session has."""

from pathlib import Path

from msgspec.structs import replace

from interruptible_tui.conversation import IncorporateAt, Mode, OnInterrupt
from interruptible_tui.recovery import recover
from interruptible_tui.store import Session
from interruptible_tui.store.choice import Choice, choose
from tests.store.test_files import opened

KEEP, TRIM, ROLLBACK = OnInterrupt
BOUNDARY, NOW = IncorporateAt


def ways(session: Session) -> tuple[Mode, str, OnInterrupt, IncorporateAt]:
    return session.mode, session.model, session.on_interrupt, session.incorporate_at


async def test_a_new_session_begins_with_the_seeds_and_keeps_them(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        session = await choose(store, Choice("a", Mode.QUEUE, "m", TRIM, NOW))
        assert ways(session) == (Mode.QUEUE, "m", TRIM, NOW)
        session = await choose(store, Choice("a", Mode.INTERRUPT, "other", ROLLBACK, BOUNDARY))
        assert ways(session) == (Mode.QUEUE, "m", TRIM, NOW)


async def test_flags_replace_what_a_session_has_and_are_stored_when_it_is_opened(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await choose(store, Choice("a", Mode.QUEUE, "m"))
        flags = Choice("a", Mode.QUEUE, "m", on_interrupt=ROLLBACK, incorporate_at=NOW, mode=Mode.INTERRUPT, model="n")
        session = await choose(store, flags)
        assert ways(session) == (Mode.INTERRUPT, "n", ROLLBACK, NOW)
        assert ways(await choose(store, Choice("a", Mode.QUEUE, "m"))) == (Mode.QUEUE, "m", KEEP, BOUNDARY)
        state = await store.write(lambda tables: recover(tables, session))
        assert (state.on_interrupt, state.incorporate_at) == (ROLLBACK, NOW)
        assert ways(await choose(store, Choice("a", Mode.QUEUE, "m"))) == (Mode.INTERRUPT, "n", ROLLBACK, NOW)


LOCAL = Choice("a", Mode.QUEUE, "qwen3", seed_endpoint="local")


def asks(session: Session) -> tuple[str, str, dict[str, object]]:
    return session.endpoint, session.model, dict(session.parameters)


async def test_a_session_without_an_endpoint_takes_the_configured_one_and_its_model(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await choose(store, Choice("a", Mode.QUEUE, "m"))
        assert asks(await choose(store, LOCAL)) == ("local", "qwen3", {})


async def test_a_session_keeps_its_endpoint_unless_a_flag_names_another_with_another_model(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        session = replace(await choose(store, LOCAL), model="mine", parameters={"top_p": 1}, system="Be terse.")
        await store.write(lambda tables: tables.equip_session(session))
        elsewhere = Choice("a", Mode.QUEUE, "gpt", seed_endpoint="cloud")
        assert asks(await choose(store, elsewhere)) == ("local", "mine", {"top_p": 1})
        assert asks(await choose(store, replace(elsewhere, endpoint="local"))) == ("local", "mine", {"top_p": 1})
        assert asks(await choose(store, replace(elsewhere, endpoint="cloud"))) == ("cloud", "gpt", {})
        assert asks(await choose(store, replace(elsewhere, endpoint="cloud", model="x"))) == ("cloud", "x", {})
        assert (await choose(store, elsewhere)).system == "Be terse."
        assert (await choose(store, replace(elsewhere, system=""))).system == ""
