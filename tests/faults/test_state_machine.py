"""The real engine on a real file, driven by hypothesis in any order: the guarantees hold after every step.

The model and the tool are puppets that the rules move. Not every step is waited for: then the next one meets the
session in the middle of it. Hypothesis prints the steps of a failure, and how to repeat them.
"""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from interruptible_tui.conversation import Mode, OnInterrupt
from interruptible_tui.events import (
    CompensationRequested,
    ModeChanged,
    Moved,
    PendingEvent,
    RestoreRequested,
    RetryRequested,
    RollbackRequested,
    UndoRequested,
    Withdrawn,
)
from interruptible_tui.providers import CallDelta, Delta, Finish, Finished, ProviderError, TextDelta
from tests.faults.lives import Lives

PROFILE = settings(deadline=None, stateful_step_count=40, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
PATIENCE = st.sampled_from([None, None, 0, 2, 10])
"""Passes of the event loop that are waited for after a step; None: until the session has come to rest."""


class AnyConversation(RuleBasedStateMachine):
    """Every rule may be played at any time; where it has nothing to do, nothing happens."""

    def __init__(self) -> None:
        super().__init__()
        self._home = TemporaryDirectory()
        self._runner = asyncio.Runner()
        self._lives = Lives(Path(self._home.name))
        self._prompts = 0
        self._is_at_rest = True
        self._do(self._lives.begin())

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        self._is_sound = False
        self._runner.run(work)
        self._is_sound = True

    def _wait(self, patience: int | None) -> None:
        self._is_at_rest = patience is None
        self._do(self._lives.settle() if patience is None else _pass(patience))

    # -- the user

    @rule(patience=PATIENCE)
    def submit(self, patience: int | None) -> None:
        self._send(None, patience)

    @rule(patience=PATIENCE)
    def submit_to_interrupt(self, patience: int | None) -> None:
        self._send(Mode.INTERRUPT, patience)

    @rule(patience=PATIENCE)
    def submit_to_be_incorporated(self, patience: int | None) -> None:
        self._send(Mode.INCORPORATE, patience)

    @rule(patience=PATIENCE)
    def submit_to_the_queue(self, patience: int | None) -> None:
        self._send(Mode.QUEUE, patience)

    def _send(self, mode: Mode | None, patience: int | None) -> None:
        self._prompts += 1
        self._do(self._lives.send(f"prompt {self._prompts}", mode))
        self._wait(patience)

    @rule(mode=st.sampled_from(Mode), patience=PATIENCE)
    def switch(self, mode: Mode, patience: int | None) -> None:
        self._ask(self._lives.chat.engine.switch(mode), patience)

    @rule(everything=st.booleans(), patience=PATIENCE)
    def stop(self, everything: bool, patience: int | None) -> None:
        self._ask(self._lives.chat.engine.stop(everything=everything), patience)

    @rule(patience=PATIENCE)
    def resume(self, patience: int | None) -> None:
        self._ask(self._lives.chat.engine.resume(), patience)

    @rule(patience=PATIENCE)
    def go_on_with_the_run(self, patience: int | None) -> None:
        self._ask(self._lives.chat.engine.continue_run(), patience)

    @rule(wish=st.sampled_from(OnInterrupt), patience=PATIENCE)
    def submit_to_interrupt_wishing(self, wish: OnInterrupt, patience: int | None) -> None:
        self._prompts += 1
        self._do(self._lives.send_wishing(f"prompt {self._prompts}", wish))
        self._wait(patience)

    @rule(number=st.integers(0, 3), patience=PATIENCE)
    def withdraw(self, number: int, patience: int | None) -> None:
        self._change(number, Withdrawn, patience)

    @rule(number=st.integers(0, 3), by=st.sampled_from([-1, 1]), patience=PATIENCE)
    def move(self, number: int, by: int, patience: int | None) -> None:
        self._change(number, lambda id_: Moved(id_, by), patience)

    @rule(number=st.integers(0, 3), mode=st.sampled_from(Mode), patience=PATIENCE)
    def change_the_mode(self, number: int, mode: Mode, patience: int | None) -> None:
        self._change(number, lambda id_: ModeChanged(id_, mode), patience)

    def _change(self, number: int, change: Callable[[str], PendingEvent], patience: int | None) -> None:
        self._do(self._lives.change(number, change))
        self._wait(patience)

    @rule(number=st.integers(1, 4), patience=PATIENCE)
    def roll_back(self, number: int, patience: int | None) -> None:
        self._ask(self._lives.chat.engine.ask(RollbackRequested(number)), patience)

    @rule(number=st.integers(1, 4), patience=PATIENCE)
    def bring_back(self, number: int, patience: int | None) -> None:
        self._ask(self._lives.chat.engine.ask(RestoreRequested(number)), patience)

    @rule(number=st.integers(1, 4), patience=PATIENCE)
    def compensate_again(self, number: int, patience: int | None) -> None:
        self._ask(self._lives.chat.engine.ask(CompensationRequested(number)), patience)

    @rule(wish=st.sampled_from([RetryRequested(), UndoRequested()]), patience=PATIENCE)
    def retry_or_undo(self, wish: RetryRequested | UndoRequested, patience: int | None) -> None:
        self._ask(self._lives.chat.engine.ask(wish), patience)

    def _ask(self, wish: Coroutine[Any, Any, None], patience: int | None) -> None:
        self._do(self._lives.ask(wish))
        self._wait(patience)

    # -- the run

    @rule(patience=PATIENCE)
    def the_model_says_something(self, patience: int | None) -> None:
        self._play(patience, TextDelta("a piece "))

    @rule(patience=PATIENCE)
    def the_model_finishes(self, patience: int | None) -> None:
        self._play(patience, TextDelta("the end"), Finished(Finish.STOP))

    @rule(number=st.integers(1, 3), patience=PATIENCE)
    def the_model_calls_tools(self, number: int, patience: int | None) -> None:
        calls = [CallDelta(at, f"call-{at}", "work", "{}") for at in range(number)]
        self._play(patience, *calls, Finished(Finish.STOP))

    @rule(status=st.sampled_from([429, 500]), patience=PATIENCE)
    def the_model_fails(self, status: int, patience: int | None) -> None:
        self._play(patience, ProviderError(f"HTTP {status}", status=status))

    def _play(self, patience: int | None, *steps: Delta | Exception) -> None:
        self._lives.model.play(*steps)
        self._wait(patience)

    @rule(number=st.integers(0, 2), failed=st.booleans(), patience=PATIENCE)
    def a_tool_finishes(self, number: int, failed: bool, patience: int | None) -> None:
        self._lives.tool.finish(number, failed=failed)
        self._wait(patience)

    @rule(patience=PATIENCE)
    def the_run_is_cancelled_from_outside(self, patience: int | None) -> None:
        self._do(self._lives.cancel_from_outside())
        self._wait(patience)

    # -- the program

    @rule(crash=st.sampled_from([True, True, False]))
    def the_program_ends_and_starts_again(self, crash: bool) -> None:
        if crash:
            self._do(self._lives.crash())
        else:
            self._do(self._lives.close())
            self._do(self._lives.begin())
        self._wait(None)

    # -- what holds

    @invariant()
    def the_guarantees_hold(self) -> None:
        if self._is_at_rest:
            self._do(self._lives.check())

    def teardown(self) -> None:
        try:
            if self._is_sound:
                self._do(self._lives.finish())
                self._do(self._lives.check())
        finally:
            self._do(self._lives.close())
            self._runner.close()
            self._home.cleanup()


async def _pass(times: int) -> None:
    for _ in range(times):
        await asyncio.sleep(0)


def test_whatever_users_runs_and_crashes_do_each_accepted_prompt_is_in_one_place() -> None:
    run_state_machine_as_test(AnyConversation, settings=settings(PROFILE, max_examples=40))


@pytest.mark.slow
def test_whatever_users_runs_and_crashes_do_for_long_each_accepted_prompt_is_in_one_place() -> None:
    run_state_machine_as_test(AnyConversation, settings=settings(PROFILE, max_examples=2_000))
