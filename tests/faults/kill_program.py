"""`kill -9` of the real program in a terminal, at random moments, each followed by a restart on the same directory.

    python -m tests.faults.kill_program [--rounds 1000] [--seed SEED] [--output FILE]

The program that a round kills is the one that the round before made necessary. In a round it is sent prompts in random
modes, and its server, which refuses what the real API would refuse, has had a request of it before it is killed (but
for the few that are killed while they start). After each kill every prompt that the screen has shown as accepted since
the session began is looked for. Every 25 rounds the session has to run all that waits, and a new one begins. Counts go
to standard output, and as JSON to FILE; how far it is to standard error. Status 1 if anything is wrong.
"""

import argparse
import json
import random
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.asked import is_answered
from tests.e2e.chat import Chat, Listed, chatting, composer, listing, pending_rows
from tests.server import Call, Reply, Server, serving

SESSION_ROUNDS = 25
_STARTING = ("enter", "alt+s", "ctrl+enter")
"""Keys that start a run even where something is held, which Tab joins."""
_LONGEST_WAIT = 0.8
"""Seconds from the last prompt of a round, and its first request, to the kill."""
_EARLY = 0.05
"""Part of the kills that come while the program starts."""
_FIRST_BYTES = 2_000
"""Fewer than it writes until it has started."""
_PATIENCE = 60.0
"""Seconds in which the first request has to come, and a session to run all that waits."""
_TOOLS = '''
import time


def work(seconds: float) -> str:
    """Work for some seconds."""
    time.sleep(seconds)
    return "done"
'''


@dataclass
class Tally:
    seed: int
    kills: int = 0
    starting: int = 0
    """Kills while the program started; as the next three, seen in what it left."""
    streaming: int = 0
    in_a_tool: int = 0
    idle: int = 0
    requests: int = 0
    accepted: int = 0
    """Prompts."""
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    """Why sessions could not go on."""

    @property
    def is_good(self) -> bool:
        return not (self.lost or self.doubled or self.refused or self.stuck)


class Agent:
    """The model: it streams for a while, has tools work, or is done at once."""

    def __init__(self, seed: int) -> None:
        self.is_brief = False
        self._chance = random.Random(seed)

    def reply(self, body: dict[str, Any]) -> Reply:
        kind = (
            "done"
            if self.is_brief or is_answered(body)
            else self._chance.choice(("stream", "stream", "work", "work", "done"))
        )
        match kind:
            case "stream":
                return Reply("Word after word. " * 40, chunk=10, delay=self._chance.uniform(0.005, 0.03))
            case "work":
                times = [self._chance.uniform(0.2, 1.5) for _ in range(self._chance.randint(1, 2))]
                return Reply("I get to work.", calls=[Call("work", {"seconds": seconds}) for seconds in times])
            case _:
                return Reply("Done.")


class Killer:
    def __init__(self, home: Path, server: Server, agent: Agent, tally: Tally) -> None:
        self._home = home
        self._server = server
        self._agent = agent
        self._tally = tally
        self._chance = random.Random(tally.seed)
        self._tools = home / "tools.py"
        self._tools.write_text(_TOOLS)

    def session(self, name: str, rounds: int) -> None:
        """Kill the program so often in one session, and have it run what is left."""
        accepted: list[str] = []
        try:
            for number in range(rounds):
                self._round(name, f"{name}-{number}", accepted)
                self._count(name, accepted)
            self._settle(name)
        except (AssertionError, TimeoutError) as error:
            self._tally.stuck.append(f"{name}: {error}")
        waiting = self._count(name, accepted)
        self._tally.stuck += [f"{name}: still pending: {text}" for text in waiting]
        self._tally.accepted += len(accepted)

    def _round(self, session: str, prefix: str, accepted: list[str]) -> None:
        """One start and its kill. Adds to `accepted` what the screen shows as such."""
        before = len(self._server.requests)
        early = self._chance.random() < _EARLY
        with self._started(session, ready="" if early else session) as chat:
            if early:
                seen = self._chance.randint(1, _FIRST_BYTES)
                chat.wait_for(lambda screen: len(chat.raw) >= seen)
            else:
                accepted += self._converse(chat, prefix, before)
            chat.kill(signal.SIGKILL)
            chat.process.wait()
        self._tally.kills += 1
        self._classify(session, early=early)

    @contextmanager
    def _started(self, session: str, ready: str) -> Iterator[Chat]:
        with chatting(self._server, self._home, "--session", session, "--tools", self._tools, ready=ready) as chat:
            yield chat

    def _converse(self, chat: Chat, prefix: str, before: int) -> list[str]:
        """Until the moment of the kill; returns the prompts that are accepted."""
        resumed = self._chance.random() < 0.5
        if resumed:
            chat.key("enter")
        texts = [f"prompt-{prefix}-{each}." for each in range(self._chance.randint(1, 4))]
        keys = [self._chance.choice((*_STARTING, "tab") if resumed or at else _STARTING) for at in range(len(texts))]
        emptied = [text for text, key in zip(texts, keys, strict=True) if self._send(chat, text, key)]
        self._server.request_here(before + 1, _PATIENCE)
        if self._chance.random() < 0.2:
            chat.key("escape")
        chat.watch(self._chance.uniform(0, _LONGEST_WAIT))
        return [text for text in texts if text in emptied or _is_shown(chat, text)]

    def _send(self, chat: Chat, text: str, key: str) -> bool:
        """Whether the composer was seen to let go of it."""
        chat.send(text)
        chat.wait_for(lambda screen: text in composer(screen))
        chat.key(key)
        if self._chance.random() < 0.5:
            return False
        chat.wait_for(lambda screen: text not in composer(screen))
        return True

    def _classify(self, session: str, *, early: bool) -> None:
        """By what the dead program left; nobody has opened the session since."""
        runs = self._listed(session, "runs")
        if early:
            self._tally.starting += 1
        elif runs[-1]["status"] != "crashed":
            self._tally.idle += 1
        elif "unknown" in self._calls(session, runs[-1]["run"]):
            self._tally.in_a_tool += 1
        else:
            self._tally.streaming += 1

    def _calls(self, session: str, run: int) -> list[str]:
        """What became of the calls of a run."""
        replies = [entry for entry in self._listed(session, "history") if entry["run"] == run]
        return [call["status"] for reply in replies for call in reply.get("tool_calls", ())]

    def _listed(self, session: str, what: str) -> Listed:
        """Nothing where the session was not made yet."""
        known = any(each["name"] == session for each in listing(self._home, "sessions"))
        return listing(self._home, what, "--session", session) if known else []

    def _count(self, session: str, accepted: list[str]) -> list[str]:
        """Look for each prompt; returns those that are pending."""
        pending = [prompt["text"] for prompt in self._listed(session, "pending")]
        delivered = [entry["text"] for entry in self._listed(session, "history") if entry["role"] == "user"]
        times = Counter(pending + delivered)
        self._tally.lost += [text for text in accepted if not times[text] and text not in self._tally.lost]
        self._tally.doubled += [text for text in times if times[text] > 1 and text not in self._tally.doubled]
        return pending

    def _settle(self, session: str) -> None:
        """Start once more, let everything that is held run, and leave."""
        self._agent.is_brief = True
        with self._started(session, ready=session) as chat:
            chat.key("enter")
            chat.wait_status("idle", timeout=_PATIENCE)
            chat.quit()
        self._agent.is_brief = False


def _is_shown(chat: Chat, text: str) -> bool:
    """In the conversation, or as pending."""
    return any(f"❯ {text}" in row for row in chat.screen) or any(text in row for row in pending_rows(chat.screen))


def kill(home: Path, rounds: int, seed: int) -> Tally:
    """All in one data directory below `home`."""
    tally, agent = Tally(seed), Agent(seed)
    with serving(agent.reply) as server:
        killer = Killer(home, server, agent, tally)
        for first in range(0, rounds, SESSION_ROUNDS):
            killer.session(f"kill-{first}", min(SESSION_ROUNDS, rounds - first))
            tally.requests, tally.refused = len(server.requests), list(server.refusals)
            print(tally, file=sys.stderr, flush=True)
    return tally


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        tally = kill(Path(home), options.rounds, options.seed)
    print(json.dumps(asdict(tally), indent=2))
    if options.output:
        options.output.write_text(json.dumps(asdict(tally), indent=2) + "\n")
    sys.exit(not tally.is_good)


if __name__ == "__main__":
    main()
