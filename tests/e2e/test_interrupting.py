"""A run that is interrupted at any moment of it leaves a history that the API accepts and that tells the truth."""

from pathlib import Path

from tests.asked import answers, results, users
from tests.e2e.chat import chatting, data_dir, listing
from tests.e2e.kitchen import Kitchen
from tests.engine.driver import write_lock
from tests.server import Call, Gate, Reply, serving


def cooks(*dishes: str, tool: str = "execute_task", gate: Gate | None = None) -> Reply:
    return Reply(calls=[Call(tool, {"description": dish}) for dish in dishes], gate=gate)


def test_interrupting_before_the_first_token_leaves_no_empty_answer(tmp_path: Path) -> None:
    gate = Gate()
    with serving([Reply("Never.", head_gate=gate), Reply("Heard.")]) as server, chatting(server, tmp_path) as chat:
        chat.say("Cook.")
        gate.reached.wait_here()
        chat.say("Stop that.", "ctrl+enter")
        server.request_here(1).closed.wait_here()
        chat.wait_for("Heard.")
        assert users(server.requests[1].body) == ["Cook.", "Stop that."]
        assert answers(server.requests[1].body) == []
        assert server.refusals == []
        chat.quit()


def test_interrupting_in_the_middle_of_an_answer_keeps_its_text_and_says_who_cut_it(tmp_path: Path) -> None:
    gate = Gate()
    script = [Reply("Once upon a time.", chunk=4, gate=gate, gate_at=4), Reply("Heard.")]
    with serving(script) as server, chatting(server, tmp_path) as chat:
        chat.say("Tell me a story.")
        chat.wait_for("Once upon")
        chat.say("Enough.", "ctrl+enter")
        chat.wait_for("Heard.")
        chat.wait_for("interrupted by a new message of the user")
        second = server.requests[1].body
        assert answers(second) == ["Once upon a "]
        assert users(second)[0] == "Tell me a story."
        assert "cut short by a new message of the user" in users(second)[1]
        assert users(second)[2] == "Enough."
        chat.quit()
    assert [entry["status"] for entry in listing(tmp_path, "history")] == ["complete", "partial"] + ["complete"] * 2


def test_interrupting_in_the_middle_of_a_calls_arguments_leaves_the_call_out_and_says_so(tmp_path: Path) -> None:
    gate = Gate()
    call = Call("execute_task", {"description": "a burger with everything"})
    script = [Reply("Right away.", calls=[call], chunk=6, gate=gate, gate_at=-6), Reply("Heard.")]
    with serving(script) as server, chatting(server, tmp_path) as chat:
        chat.say("Cook.")
        chat.wait_for("writing")
        chat.say("Stop that.", "ctrl+enter")
        chat.wait_for("Heard.")
        second = server.requests[1].body
        assert "tool_calls" not in str(second["messages"])
        assert "it was writing a call of execute_task, which was not started" in users(second)[1]
        assert server.refusals == []
        chat.quit()


def test_calls_that_have_not_begun_when_the_run_is_interrupted_are_not_started(tmp_path: Path) -> None:
    gate = Gate()
    with Kitchen(tmp_path) as kitchen, serving([cooks("a burger", "a salad", gate=gate), Reply("Heard.")]) as server:
        with chatting(server, tmp_path, "--tools", kitchen.tools) as chat:
            chat.say("Cook.")
            gate.reached.wait_here()
            with write_lock(data_dir(tmp_path)):
                gate.open()
                server.request_here(1).answered.wait_here()
                chat.say("Stop that.", "ctrl+enter")
                chat.wait_for("sending")
            chat.wait_for("Heard.")
            assert results(server.requests[1].body) == ["not started", "not started"]
            chat.wait_for("not started")
            chat.quit()
        assert server.refusals == []
    calls = listing(tmp_path, "history")[1]["tool_calls"]
    assert [call["status"] for call in calls] == ["not_started", "not_started"]


def test_interrupting_between_parallel_tools_keeps_the_result_of_the_one_that_is_done(tmp_path: Path) -> None:
    with (
        Kitchen(tmp_path) as kitchen,
        serving([cooks("a burger", "a salad"), Reply("Heard.")]) as server,
        chatting(server, tmp_path, "--tools", kitchen.tools) as chat,
    ):
        chat.say("Cook.")
        orders = {order.description: order for order in (kitchen.order("a "), kitchen.order("a "))}
        orders["a salad"].finish()
        chat.wait_for("a salad  done")
        chat.say("Stop that.", "ctrl+enter")
        orders["a burger"].wait_gone()
        chat.wait_for("Heard.")
        burger, salad = results(server.requests[1].body)
        assert burger.startswith("interrupted after ")
        assert salad == "done: a salad"
        assert server.refusals == []
        chat.quit()


def test_a_tool_that_ignores_cancellation_is_ended_after_the_grace_and_a_prompt_meanwhile_waits_for_that(
    tmp_path: Path,
) -> None:
    with (
        Kitchen(tmp_path) as kitchen,
        serving([cooks("a burger", tool="stubborn_task"), Reply("Heard.")]) as server,
        chatting(server, tmp_path, "--tools", kitchen.tools) as chat,
    ):
        chat.say("Cook.")
        burger = kitchen.order("burger")
        chat.key("escape")
        chat.wait_status("stopping")
        assert "Stopped" not in chat.text
        chat.say("What now?", "ctrl+enter")
        chat.wait_for("opens the next run")
        assert len(server.requests) == 1
        burger.wait_gone()
        chat.wait_for("Heard.")
        chat.wait_for("Stopped: run 1")
        assert results(server.requests[1].body)[0].startswith("interrupted after ")
        assert server.refusals == []
        chat.quit()
    assert [run["status"] for run in listing(tmp_path, "runs")] == ["cancelled", "completed"]


def test_a_second_esc_does_not_wait_for_the_grace(tmp_path: Path) -> None:
    with (
        Kitchen(tmp_path) as kitchen,
        serving([cooks("a burger", tool="stubborn_task")]) as server,
        chatting(server, tmp_path, "--tools", kitchen.tools) as chat,
    ):
        chat.say("Cook.")
        burger = kitchen.order("burger")
        chat.key("escape")
        chat.wait_status("stopping")
        chat.key("escape")
        burger.wait_gone()
        chat.wait_status("idle")
        chat.quit()
    [run] = listing(tmp_path, "runs")
    assert "reason" in run
