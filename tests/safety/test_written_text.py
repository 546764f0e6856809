"""What one writes with: a draft that was kept, names of files that are offered and attached, words that are sought."""

import os
from itertools import islice
from pathlib import Path

import pytest

from interruptible_tui.conversation import Mode
from interruptible_tui.drafts import Draft
from interruptible_tui.store import Store, Tables
from interruptible_tui.text import storable
from tests.e2e.chat import Chat, composer, data_dir
from tests.safety.grammar import foreign
from tests.safety.payloads import BATCHES, SAMPLE, lost, run_on, told

Payloads = dict[str, str]
EVERY_BATCH = [pytest.param(SAMPLE, id="sample"), *(pytest.param(each, marks=pytest.mark.slow) for each in BATCHES)]
FEW = 6
"""Rows of the composer and of an offer."""


async def keep(directory: Path, draft: Draft) -> None:
    def write(tables: Tables) -> None:
        tables.create_session("default", Mode.QUEUE, "demo", 1.0)
        tables.set_draft(tables.session("default").id, draft.encode())

    store = await Store.open(directory)
    try:
        await store.write(write)
    finally:
        await store.close()


@pytest.mark.parametrize("payloads", EVERY_BATCH)
async def test_it_is_shown_literally(tmp_path: Path, payloads: Payloads) -> None:
    few = dict(islice(payloads.items(), FEW))
    label = run_on(payloads).replace("\n", "␊")
    await keep(data_dir(tmp_path), Draft((("\n".join(told(few)), ""), ("attached", label))))
    for name in told(few):
        os.close(os.open(tmp_path / storable(name).replace("/", "|")[:80], os.O_CREAT | os.O_WRONLY, 0o600))
    with Chat("--demo", home=tmp_path, cols=200, rows=60) as chat:
        chat.wait_status("default")
        chat.wait_for(lambda screen: len(lost(few, [composer(screen)])) < len(few))
        chat.key("ctrl+c")
        chat.wait_empty()
        chat.send("@<")
        chat.wait_for("Tab: complete")
        chat.key("tab", "down", "enter")
        chat.wait_for(lambda screen: ", 0 lines, 0 bytes]" in composer(screen))
        chat.key("ctrl+c")
        chat.send("\x12")
        chat.paste(run_on(payloads))
        chat.wait_for("earlier: ")
        chat.wait_taken()
        chat.key("ctrl+c", "ctrl+q")
        assert chat.wait_exit() == 0
        assert foreign(chat.raw) == []
