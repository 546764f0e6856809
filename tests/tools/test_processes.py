"""Calls are processes: they run beside each other and beside the program, can be ended, and leave nothing behind."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools.driver import PATIENCE, Printed, cancelled, members, tools_in

GRACE = 2.0
"""Seconds that a cancelled tool is given."""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

WAITS = """
    import os, signal, subprocess, sys, time, asyncio

    def sync():
        print(os.getpid())
        signal.pause()

    async def later(marker: str):
        try:
            print(os.getpid())
            await asyncio.sleep(1000)
        finally:
            await asyncio.sleep(0)
            open(marker, "w").close()

    def handles(marker: str):
        signal.signal(signal.SIGTERM, lambda *_: (open(marker, "w").close(), sys.exit()))
        print(os.getpid())
        signal.pause()

    def deaf():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        subprocess.Popen(["sleep", "1000"])
        print(os.getpid())
        while True:
            time.sleep(1000)

    async def blocking():
        print(os.getpid())
        time.sleep(1000)

    def template(): return os.getppid()

    def parent():
        subprocess.Popen(["sleep", "1000"])
        if os.fork():
            print(os.getpid())
        signal.pause()
"""


async def test_parallel_calls_run_in_parallel(tmp_path: Path) -> None:
    code = """
    def meet(mine: str, other: str):
        with open(mine, "w") as here:
            here.write("hello")
        with open(other) as there:
            return there.read()
    def answer(mine: str, other: str):
        with open(other) as there:
            heard = there.read()
        with open(mine, "w") as here:
            here.write(heard + " yourself")
    """
    one, two = str(tmp_path / "one"), str(tmp_path / "two")
    os.mkfifo(one)
    os.mkfifo(two)
    async with tools_in(tmp_path, code) as tools, asyncio.timeout(PATIENCE):
        result, _ = await asyncio.gather(
            tools["meet"].call({"mine": one, "other": two}, print),
            tools["answer"].call({"mine": two, "other": one}, print),
        )
    assert result.text == "hello yourself"


@pytest.mark.alone
async def test_the_loop_goes_on_while_tools_block_and_flood(tmp_path: Path) -> None:
    code = """
    import os, time
    async def sleep(): time.sleep(0.5)
    def flood():
        for _ in range(64): os.write(1, b"x" * 1024 * 1024)
    """
    lags = []

    async def measure() -> None:
        clock = asyncio.get_running_loop().time
        while True:
            before = clock()
            await asyncio.sleep(0.005)
            lags.append(clock() - before - 0.005)

    async with tools_in(tmp_path, code) as tools:
        watch = asyncio.create_task(measure())
        await asyncio.gather(*(tool.call({}, Printed()) for tool in tools.values() for _ in range(2)))
        await cancelled(watch)
    assert sorted(lags)[len(lags) * 95 // 100] < 0.05


@pytest.mark.parametrize("megabytes", [64, pytest.param(1024, marks=pytest.mark.slow)])
async def test_a_flood_is_kept_head_and_tail(tmp_path: Path, megabytes: int) -> None:
    code = """
    import os
    def flood(megabytes: int):
        os.write(1, b"<")
        for _ in range(megabytes): os.write(1, b"x" * 1024 * 1024)
        os.write(1, b">")
    """
    printed = Printed()
    async with tools_in(tmp_path, code) as tools:
        result = await tools["flood"].call({"megabytes": megabytes}, printed)
    assert result.text[0] == "<" and result.text[-1] == ">"
    assert f"... {megabytes * 1024 * 1024 + 2 - 2 * 32 * 1024:,} characters left out ..." in result.text
    assert len(result.text) < 66 * 1024
    assert len(printed.text) < 1024 * 1024 + 100
    assert printed.text.endswith("\n... more output follows; it is not shown live ...\n")


async def test_the_result_does_not_wait_for_what_the_tool_left_behind(tmp_path: Path) -> None:
    code = """
    import os, signal, threading, time
    def tool():
        threading.Thread(target=time.sleep, args=(1000,)).start()
        if not os.fork():
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            while True: signal.pause()
        print(os.getpid())
        return "returned"
    """
    printed = Printed()
    async with tools_in(tmp_path, code) as tools, asyncio.timeout(PATIENCE):
        result = await tools["tool"].call({}, printed)
        assert result.text == "returned"
        assert members(await printed.number()) == []


async def test_a_daemon_that_holds_the_pipes_delays_nothing(tmp_path: Path) -> None:
    code = """
    import os
    def tool(fifo: str):
        if not os.fork():
            os.setsid()
            open(fifo, "w").close()
            open(fifo).read()
            os._exit(0)
        return open(fifo).read()
    """
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    async with tools_in(tmp_path, code) as tools, asyncio.timeout(PATIENCE):
        assert (await tools["tool"].call({"fifo": str(fifo)}, print)).text == ""
    await asyncio.to_thread(fifo.write_text, "the daemon was still alive, and reads this")


@pytest.mark.parametrize("name", ["sync", "parent"])
async def test_cancelling_ends_the_whole_group_at_once(tmp_path: Path, name: str) -> None:
    printed = Printed()
    async with tools_in(tmp_path, WAITS) as tools:
        call = asyncio.create_task(tools[name].call({}, printed))
        group = await printed.number()
        assert members(group)
        assert await cancelled(call) < GRACE / 2
        assert members(group) == []


@pytest.mark.parametrize("name", ["later", "handles"])
async def test_a_tool_may_clean_up_when_it_is_cancelled(tmp_path: Path, name: str) -> None:
    printed = Printed()
    marker = tmp_path / "cleaned"
    async with tools_in(tmp_path, WAITS) as tools:
        call = asyncio.create_task(tools[name].call({"marker": str(marker)}, printed))
        await printed.number()
        assert await cancelled(call) < GRACE / 2
    assert marker.exists()


async def test_what_a_tool_has_started_may_clean_up_too(tmp_path: Path) -> None:
    code = """
    import signal, subprocess, sys
    def tool(marker: str):
        script = f"trap 'echo cleaned > {marker}; exit' TERM; echo ready; while :; do sleep 1000 & wait; done"
        child = subprocess.Popen(["sh", "-c", script])
        signal.signal(signal.SIGTERM, lambda *_: (child.wait(), sys.exit()))
        signal.pause()
    """
    printed = Printed()
    marker = tmp_path / "marker"
    async with tools_in(tmp_path, code) as tools:
        call = asyncio.create_task(tools["tool"].call({"marker": str(marker)}, printed))
        await printed.shows("ready")
        assert await cancelled(call) < GRACE
    assert marker.read_text() == "cleaned\n"


async def test_the_template_adopts_orphans_so_that_it_can_bury_them(tmp_path: Path) -> None:
    code = """
    import os
    def tool():
        orphaned, told = os.pipe()
        heard, adopted = os.pipe()
        if not (child := os.fork()):
            if os.fork():
                os._exit(0)
            os.read(orphaned, 1)
            os.write(adopted, str(os.getppid()).encode())
            os._exit(0)
        os.waitpid(child, 0)
        os.write(told, b"x")
        return int(os.read(heard, 20)) == os.getppid()
    """
    async with tools_in(tmp_path, code) as tools:
        assert (await tools["tool"].call({}, print)).text == "true"


@pytest.mark.alone
@pytest.mark.parametrize("name", ["deaf", "blocking"])
async def test_a_tool_that_ignores_sigterm_is_killed_after_the_grace(tmp_path: Path, name: str) -> None:
    printed = Printed()
    async with tools_in(tmp_path, WAITS) as tools:
        call = asyncio.create_task(tools[name].call({}, printed))
        group = await printed.number()
        assert GRACE <= await cancelled(call) < GRACE + 0.1
        assert members(group) == []


@pytest.mark.alone
async def test_a_second_cancellation_kills_at_once(tmp_path: Path) -> None:
    printed = Printed()
    async with tools_in(tmp_path, WAITS) as tools:
        call = asyncio.create_task(tools["deaf"].call({}, printed))
        group = await printed.number()
        call.cancel()
        done, _ = await asyncio.wait({call}, timeout=0.1)
        assert not done
        assert await cancelled(call) < 0.1
        assert members(group) == []


async def test_a_call_that_is_cancelled_as_it_begins_leaves_nothing(tmp_path: Path) -> None:
    async with tools_in(tmp_path, WAITS) as tools:
        template = int((await tools["template"].call({}, print)).text)
        for turns in range(8):
            call = asyncio.create_task(tools["sync"].call({}, print))
            for _ in range(turns):
                await asyncio.sleep(0)
            await cancelled(call)
        assert _children(template) == []


async def test_leaving_ends_every_process_also_while_calls_are_under_way(tmp_path: Path) -> None:
    printed = Printed()
    async with tools_in(tmp_path, WAITS) as tools:
        call = asyncio.create_task(tools["parent"].call({}, printed))
        group = await printed.number()
        template = _parent(group)
    result = await call
    assert result.failed
    assert not Path(f"/proc/{template}").exists()
    await _gone(group)


async def test_kill_minus_nine_of_the_program_ends_every_process(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("import os, subprocess, time\n" + WAITS.replace("\n    ", "\n"))
    program = """
import asyncio, sys
from interruptible_tui.tools.python import python_tools
async def main():
    async with python_tools([sys.argv[1]], {}) as tools:
        await {t.spec.name: t for t in tools}["deaf"].call({}, lambda text: print(text, flush=True))
asyncio.run(main())
"""
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "mine.py")], stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout
        group = int(await asyncio.to_thread(process.stdout.readline))
        template = _parent(group)
        process.kill()
    await _gone(group)
    await _gone(template)


async def test_a_tool_has_no_terminal_and_nothing_to_read(tmp_path: Path) -> None:
    code = """
    import os, sys
    def session(): return os.getsid(0)
    def terminal(): return open("/dev/tty").read()
    def read(): return sys.stdin.read() + os.readlink("/proc/self/fd/0")
    def descriptors(): return len(os.listdir("/proc/self/fd"))
    def inherited(): os.system("ls -x /proc/self/fd")
    def another(): print("here"); import signal; signal.pause()
    """
    async with tools_in(tmp_path, code) as tools:
        assert int((await tools["session"].call({}, print)).text) != os.getsid(0)
        assert "OSError" in (await tools["terminal"].call({}, print)).text
        assert (await tools["read"].call({}, print)).text == "/dev/null"
        printed = Printed()
        another = asyncio.create_task(tools["another"].call({}, printed))
        await printed.shows("here")
        standard_streams_its_socket_and_the_listing = 5
        assert int((await tools["descriptors"].call({}, print)).text) == standard_streams_its_socket_and_the_listing
        assert (await tools["inherited"].call({}, print)).text.split() == ["0", "1", "2", "3"]
        await cancelled(another)


async def test_calls_leave_no_descriptors_and_no_zombies(tmp_path: Path) -> None:
    async with tools_in(tmp_path, "import os\ndef tool(): return os.getppid()") as tools:
        template = int((await tools["tool"].call({}, print)).text)
        before = [_descriptors(pid) for pid in (os.getpid(), template)]
        await asyncio.gather(*(tools["tool"].call({}, print) for _ in range(50)))
        after = [_descriptors(pid) for pid in (os.getpid(), template)]
        assert all(now <= then + 1 for now, then in zip(after, before, strict=True))
        assert _children(template) == []


def _descriptors(pid: int) -> int:
    """How many are open; the template may be just closing one."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


async def _gone(group: int) -> None:
    """Nobody tells of the end of processes that are not ours: look until it is seen."""
    async with asyncio.timeout(PATIENCE):
        while members(group):
            await asyncio.sleep(0)


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def _children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
