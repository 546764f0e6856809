"""`export`: what it writes, and where it does not."""

import json
import os
import resource
from pathlib import Path

import pytest

from interruptible_tui.conversation import CallStatus, Message, MessageStatus, Mode, Role, ToolCall, Trigger, WholeRun
from interruptible_tui.exporting import exported
from interruptible_tui.store import Tables
from tests.commands.program import ONE_LINE, ended
from tests.commands.test_listed_text import acting, fill
from tests.e2e.chat import data_dir
from tests.engine.driver import session_in
from tests.long_session import fill as fill_long
from tests.store.test_files import opened


async def tell(home: Path) -> None:
    """A session with all that Markdown has to tell."""

    def write(tables: Tables) -> None:
        tables.create_session("a *plan*", Mode.QUEUE, "m", 1.0)
        session = tables.session("a *plan*").id
        tables.begin_run(session, 1, Trigger.PROMPT, 1.0)
        call = ToolCall("c", "look<b>", '{"in": "```\\nx"}', CallStatus.DONE)

        def add(role: Role, text: str, **more: object) -> None:
            said = {"role": role, "text": text, "run": 1, "turn": 1, "created_at": 86400.0, **more}
            tables.add_message(session, Message(**said))  # type: ignore[arg-type]  # as Message has them

        add(Role.USER, "Hello.", receipt="started run 1", prompt_id="p")
        add(Role.ASSISTANT, "Look:\n~~~py\ncut", status=MessageStatus.PARTIAL, tool_calls=(call,))
        add(Role.TOOL, "````\n</details>\x1b[2J", tool_call_id="c")
        add(Role.NOTE, "Noted.")
        tables.begin_run(session, 2, Trigger.PROMPT, 1.0)
        tables.add_message(session, Message(role=Role.USER, text="Gone.", run=2, turn=1, created_at=86400.0))
        tables.begin_rollback(session, 1, WholeRun(2), 2.0)

    async with opened(data_dir(home)) as store:
        await store.write(write)


def look(home: Path) -> list[tuple[str, bool, str]]:
    """What lies there: names, whether they are links, and texts."""
    files = [path for path in home.iterdir() if not path.name.startswith(".")]
    return sorted((path.name, path.is_symlink(), path.read_text() if path.is_file() else "") for path in files)


TOLD = """\
# a *plan*

Model m, mode queue.

## You · 1970-01-02 00:00:00 UTC (started run 1)

Hello.

## Assistant · 1970-01-02 00:00:00 UTC (partial)

Look:
~~~py
cut
~~~

<details><summary>look&lt;b&gt;: done</summary>

Arguments:

````json
{
  "in": "```\\nx"
}
````

Result:

`````
````
</details>␛[2J
`````

</details>

## Note · 1970-01-02 00:00:00 UTC

Noted.

## You · 1970-01-02 00:00:00 UTC (rolled back)

Gone.

"""


async def test_markdown_tells_who_said_what_when_and_what_became_of_it(tmp_path: Path) -> None:
    await tell(tmp_path)
    printed = ended(tmp_path, "export")
    assert (printed.returncode, printed.stderr) == (0, "")
    assert printed.stdout == TOLD


async def test_nothing_that_was_stored_acts_on_a_terminal(tmp_path: Path) -> None:
    await fill(data_dir(tmp_path))
    for form in ("markdown", "json"):
        printed = ended(tmp_path, "export", "--format", form).stdout
        assert acting(printed) == [] and "]52;c;SEFDS0VE" in printed


async def test_json_is_what_history_prints_however_long_it_is(tmp_path: Path) -> None:
    async with opened(data_dir(tmp_path)) as store:
        session = await session_in(store)
        await store.write(lambda tables: fill_long(tables, session.id, 300, results=1))
    told = ended(tmp_path, "history", "--format", "json").stdout
    assert len(json.loads(told)) == 1200
    assert ended(tmp_path, "export", "--format", "json").stdout == told
    assert ended(tmp_path, "export", "-o", "all.json").returncode == 0
    assert (tmp_path / "all.json").read_text() == told


@pytest.mark.parametrize("umask", [0o000, 0o777])
async def test_a_file_is_its_owners_alone_under_any_umask(tmp_path: Path, umask: int) -> None:
    await tell(tmp_path)
    written = ended(tmp_path, "export", "--output", "~/plan.md", umask=umask)
    assert (written.returncode, written.stdout, written.stderr) == (0, "", "")
    file = tmp_path / "plan.md"
    assert (file.stat().st_mode & 0o777, file.read_text()) == (0o600, TOLD)


@pytest.mark.parametrize("there", ["file", "link", "dangling", "directory"])
async def test_nothing_is_overwritten_and_no_link_followed(tmp_path: Path, there: str) -> None:
    await tell(tmp_path)
    file, target = tmp_path / "plan.md", tmp_path / "target"
    if there == "file":
        file.write_text("mine")
    elif there == "directory":
        file.mkdir()
    else:
        file.symlink_to(target)
        if there == "link":
            target.write_text("mine")
    before = look(tmp_path)
    refused = ended(tmp_path, "export", "-o", "plan.md")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        "interruptible-chat: error: plan.md is there already, and is not overwritten: choose another name\n"
    )
    assert look(tmp_path) == before


async def test_a_full_disk_leaves_nothing_of_the_file(tmp_path: Path) -> None:
    async with opened(data_dir(tmp_path)) as store:
        session = await session_in(store)
        await store.write(lambda tables: fill_long(tables, session.id, 2000))

    def limit() -> None:
        """The system refuses to let any file grow beyond that, as a full disk does."""
        resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))

    refused = ended(tmp_path, "export", "-o", "all.md", preexec_fn=limit)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == "interruptible-chat: error: cannot write all.md: File too large; nothing is left of it\n"
    assert not os.path.lexists(tmp_path / "all.md")


async def test_what_cannot_be_exported_or_written_is_told_in_one_line(tmp_path: Path) -> None:
    for words in (
        ["export"],
        ["export", "-s", "nobody"],
        ["history", "-o", "x"],
        ["export", "--format", "text"],
        ["export", "-o", ""],
    ):
        refused = ended(tmp_path, *words)
        assert (refused.returncode, refused.stdout) == (2, "") and ONE_LINE.fullmatch(refused.stderr)
    assert not data_dir(tmp_path).exists()
    await tell(tmp_path)
    refused = ended(tmp_path, "export", "-o", "no/such/plan.md")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == "interruptible-chat: error: cannot write no/such/plan.md: No such file or directory\n"


async def test_a_call_is_told_with_its_own_result_where_servers_give_ids_again(tmp_path: Path) -> None:
    def write(tables: Tables) -> None:
        tables.create_session("a", Mode.QUEUE, "m", 1.0)
        session = tables.session("a").id
        for run, turn in ((1, 1), (1, 2), (2, 1)):
            if turn == 1:
                tables.begin_run(session, run, Trigger.PROMPT, 1.0)
            call = ToolCall("call_1", f"tool{run}{turn}", "{}", CallStatus.DONE)
            at = {"run": run, "turn": turn, "created_at": 1.0}
            tables.add_message(session, Message(role=Role.ASSISTANT, text="", tool_calls=(call,), **at))  # type: ignore[arg-type]  # as Message has them
            said = f"result of {run}, {turn}"
            tables.add_message(session, Message(role=Role.TOOL, text=said, tool_call_id="call_1", **at))  # type: ignore[arg-type]  # as above

        lost = Message(role=Role.TOOL, text="result of nobody's", tool_call_id="call_1", run=2, turn=2, created_at=1.0)
        tables.add_message(session, lost)

    async with opened(data_dir(tmp_path)) as store:
        await store.write(write)
    printed = ended(tmp_path, "export").stdout
    told = [line for line in printed.splitlines() if line.startswith(("<details>", "result of"))]
    assert told == [
        *(
            line
            for run, turn in ((1, 1), (1, 2), (2, 1))
            for line in (f"<details><summary>tool{run}{turn}: done</summary>", f"result of {run}, {turn}")
        ),
        "result of nobody's",
    ]


async def test_the_head_names_the_session_as_it_is_now_and_what_has_answered(tmp_path: Path) -> None:
    setup = {"model": "demo", "system": "", "tools": [], "api": ""}

    def write(tables: Tables) -> None:
        tables.begin_run(session.id, 1, Trigger.PROMPT, 1.0, json.dumps(setup))
        tables.set_mode(session.id, Mode.INTERRUPT)

    async with opened(data_dir(tmp_path)) as store:
        session = await session_in(store)
        assert [each async for each in exported(store, session, as_json=False)] == [
            "# default\n\nModel m, mode incorporate.\n\n", ""
        ]  # fmt: skip
        await store.write(write)
        assert [each async for each in exported(store, session, as_json=False)] == [
            "# default\n\nModel demo, mode interrupt.\n\n", ""
        ]  # fmt: skip
