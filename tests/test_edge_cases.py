"""The table of edge cases: each names the tests of the machine and of the engine that hold it, and those that drive the
program in a terminal. A test that is renamed or deleted makes this fail.
"""

import importlib
import inspect

import pytest

LAST = "tests.engine.test_last_moment"
INTERRUPT = "tests.engine.test_interrupting"
OUTSIDE = "tests.engine.test_cancelled_from_outside"
STUBBORN = "tests.engine.test_stubborn_tools"
RETRIES = "tests.agent.test_retries"
RESTART = "tests.engine.test_restart"
CLOSING = "tests.engine.test_closing"
STORAGE = "tests.engine.test_storage_failures"

MODES = "tests.machine.test_rules_of_modes"
ENDS = "tests.machine.test_rules_of_ends"
HOLDS = "tests.machine.test_rules_of_holds"
AMENDING = "tests.machine.test_rules_of_amending"
EDITING = "tests.machine.test_rules_of_editing"

IN_THE_MACHINE = {
    "prompt arrives while the final answer is being committed, in each mode": [
        f"{MODES}:test_a_prompt_in_the_last_moment_is_taken_by_the_run_or_heads_the_next",
    ],
    "several prompts arrive together": [
        f"{MODES}:test_at_a_boundary_the_run_gets_everything_in_next_in_order_and_unmerged",
        f"{MODES}:test_the_queue_is_first_in_first_out_with_one_run_per_prompt",
        f"{MODES}:test_several_interrupting_prompts_make_one_stop_and_one_new_run_with_all_of_them_in_order",
    ],
    "interrupt while stopping": [
        f"{MODES}:test_an_interrupting_prompt_while_stopping_does_not_stop_again",
        f"{ENDS}:test_esc_while_an_interrupting_prompt_stops_the_run_is_the_second_esc",
    ],
    "the run's task is cancelled before its first step": [
        f"{MODES}:test_a_run_that_is_cancelled_before_its_first_step_is_ended_by_the_session",
    ],
    "interrupt with queued prompts": [
        f"{ENDS}:test_a_run_stopped_by_an_interrupting_prompt_leaves_the_queue_unchanged",
        f"{ENDS}:test_the_queue_goes_on_when_the_run_of_the_interrupting_prompt_completed",
    ],
    "provider error or 429 with a queue": [
        f"{ENDS}:test_after_a_failure_or_a_cancellation_from_outside_everything_is_held",
    ],
    "mode switched with prompts pending": [
        f"{MODES}:test_pending_prompts_keep_their_mode_and_place_when_it_is_switched",
    ],
    "a pending prompt is edited or dropped while the run takes it": [
        f"{AMENDING}:test_a_change_of_a_prompt_that_the_run_has_taken_is_refused_as_already_sent",
        f"{AMENDING}:test_of_an_edit_and_a_boundary_the_first_one_wins",
        f"{EDITING}:test_a_prompt_in_next_stays_deliverable_while_it_is_edited",
        f"{AMENDING}:test_a_withdrawn_prompt_is_never_delivered",
    ],
    "restart with pending prompts and a crashed run": [
        f"{HOLDS}:test_after_a_restart_nothing_is_replayed_and_nothing_discarded",
    ],
    "quit while running": [
        f"{HOLDS}:test_closing_stops_the_run_and_holds_everything_for_the_next_start",
        f"{HOLDS}:test_while_closing_a_prompt_is_refused_visibly",
    ],
    "a tool that ignores cancellation": [
        f"{MODES}:test_nothing_that_a_dead_run_says_does_anything",
        f"{ENDS}:test_a_second_esc_does_not_wait_for_the_grace_and_holds_everything",
    ],
    "disk full or read-only while submitting": [
        f"{HOLDS}:test_an_esc_in_place_of_an_interrupt_that_could_not_be_written_loses_nothing",
        "tests.machine.test_enumeration:test_every_interleaving_keeps_the_guarantees",
    ],
}
"""The machine knows of stops, but not of tokens, arguments and tools: the other rows are the engine's."""

ROWS = {
    "prompt arrives while the final answer is being committed, in each mode": [
        f"{LAST}:test_an_incorporated_prompt_that_arrives_while_the_answer_is_committed_is_taken_by_the_same_run",
        f"{LAST}:test_a_queued_prompt_that_arrives_while_the_answer_is_committed_gets_the_next_run",
        f"{LAST}:test_an_interrupting_prompt_that_arrives_while_the_answer_is_committed_keeps_the_answer_and_opens_a_run",
        f"{LAST}:test_a_prompt_that_arrives_while_the_end_of_the_run_is_committed_heads_the_next",
        "tests.sweeps.test_end_of_run:test_no_prompt_is_lost_at_the_end_of_a_run",
    ],
    "several prompts arrive together": [
        f"{LAST}:test_several_incorporated_prompts_are_all_taken_at_one_boundary_unmerged_and_in_order",
        f"{LAST}:test_several_queued_prompts_get_one_run_each_in_order",
        f"{LAST}:test_several_interrupting_prompts_make_one_stop_and_one_run_with_all_of_them",
    ],
    "interrupt before the first token": [
        f"{INTERRUPT}:test_interrupting_before_the_first_token_leaves_no_empty_answer",
        f"{RETRIES}:test_an_interrupting_prompt_while_a_retry_is_waited_for_starts_its_run_at_once",
    ],
    "interrupt mid tool arguments": [
        f"{INTERRUPT}:test_interrupting_in_the_middle_of_a_calls_arguments_leaves_the_call_out_and_says_so",
        f"{INTERRUPT}:test_interrupting_after_a_finished_call_was_written_says_that_it_was_not_started",
    ],
    "interrupt during a tool": [f"{INTERRUPT}:test_interrupting_a_tool_cancels_it_and_tells_its_output_so_far"],
    "interrupt between parallel tools": [
        f"{INTERRUPT}:test_interrupting_between_parallel_tools_keeps_the_result_of_the_one_that_is_done",
        f"{INTERRUPT}:test_siblings_that_have_not_begun_when_the_run_is_interrupted_are_not_started",
    ],
    "interrupt while stopping": [
        f"{INTERRUPT}:test_an_interrupting_prompt_while_stopping_starts_when_the_run_has_ended_and_never_beside_it",
        f"{STUBBORN}:test_esc_during_the_grace_after_an_interrupting_prompt_holds_that_prompt",
    ],
    "the run's task is cancelled before its first step": [
        f"{OUTSIDE}:test_a_run_that_is_stopped_before_its_first_step_is_ended_by_the_session",
        f"{OUTSIDE}:test_a_run_whose_task_is_cancelled_before_its_first_step_is_ended_by_the_session",
    ],
    "interrupt with queued prompts": [
        f"{INTERRUPT}:test_queued_prompts_stay_when_an_interrupting_one_comes_and_go_on_after_its_run_completed"
    ],
    "provider error or 429 with a queue": [
        f"{RETRIES}:test_after_four_retries_the_run_has_failed_and_the_queue_is_held",
        f"{RETRIES}:test_a_server_that_asks_for_more_than_a_minute_is_not_waited_for",
        f"{RETRIES}:test_a_reply_that_the_server_did_not_complete_fails_the_run_and_keeps_its_text",
    ],
    "mode switched with prompts pending": [
        f"{INTERRUPT}:test_switching_the_mode_changes_no_pending_prompt_and_what_the_next_one_does"
    ],
    "a pending prompt is edited or dropped while the run takes it": [
        "tests.tui.test_revising:test_a_save_that_comes_too_late_is_told_and_its_text_is_a_draft_over_what_was_written_since",
        "tests.tui.test_revising:test_an_edit_that_is_opened_too_late_is_told_and_the_draft_is_back",
    ],
    "restart with pending prompts and a crashed run": [
        f"{RESTART}:test_after_a_crash_every_prompt_is_still_there_once_and_held_and_nothing_starts",
        f"{RESTART}:test_after_a_crash_a_running_tool_is_of_unknown_outcome_and_is_not_executed_again",
        f"{RESTART}:test_kill_9_loses_nothing_that_was_accepted",
    ],
    "session switched or closed in the UI while its run is active": [
        "tests.tui.test_sessions:test_a_run_goes_on_while_another_session_is_shown_with_a_badge_and_a_bell_at_its_end",
        "tests.tui.test_sessions:test_a_run_that_fails_in_the_background_rings_and_what_it_leaves_is_on_hold",
    ],
    "quit while running": [
        f"{CLOSING}:test_closing_while_a_run_is_active_keeps_what_it_said_and_all_that_is_pending",
        f"{CLOSING}:test_closing_is_bounded_even_if_a_tool_ignores_it_and_prompts_are_refused_meanwhile",
    ],
    "a tool that ignores cancellation": [
        f"{STUBBORN}:test_a_tool_that_ignores_cancellation_gives_control_back_and_its_late_result_is_fenced_off",
        f"{STUBBORN}:test_a_second_esc_ends_the_grace_at_once_and_holds_everything",
    ],
    "disk full or read-only while submitting": [
        f"{STORAGE}:test_a_prompt_that_cannot_be_stored_while_idle_is_refused_and_changes_nothing",
        f"{STORAGE}:test_a_prompt_that_cannot_be_stored_while_a_run_is_active_leaves_the_run_alone",
        f"{STORAGE}:test_an_interrupting_prompt_that_cannot_be_stored_has_stopped_the_run_as_esc_does",
        f"{STORAGE}:test_a_prompt_that_cannot_be_stored_while_stopping_changes_nothing",
        f"{STORAGE}:test_a_prompt_that_cannot_be_stored_while_held_changes_nothing",
        "tests.store.test_transactions:test_on_a_full_disk_what_was_accepted_is_there_and_what_was_refused_is_not",
    ],
}

KEYS_EDIT = "tests.e2e.test_editing"
KEYS_FAILURES = "tests.e2e.test_failures"
KEYS_INTERRUPT = "tests.e2e.test_interrupting"
KEYS_KILL = "tests.e2e.test_kill"
KEYS_LAST = "tests.e2e.test_last_moment"
KEYS_LEAVE = "tests.e2e.test_leaving"
KEYS_MODES = "tests.e2e.test_modes_and_keys"
KEYS_PANEL = "tests.e2e.test_pending_panel"
KEYS_SESSIONS = "tests.e2e.test_sessions_screen"
KEYS_STOP = "tests.e2e.test_stopping_and_holding"
KEYS_STORAGE = "tests.e2e.test_storage"
STORY = "tests.e2e.test_story"

IN_A_TERMINAL = {
    "prompt arrives while the final answer is being committed, in each mode": [
        f"{KEYS_LAST}:test_a_prompt_while_the_final_answer_is_committed_is_taken_by_the_run_or_heads_the_next",
    ],
    "several prompts arrive together": [
        f"{KEYS_LAST}:test_several_interrupting_prompts_at_once_make_one_stop_and_one_run_with_all_of_them_unmerged",
        f"{KEYS_LAST}:test_several_prompts_to_incorporate_are_all_taken_at_one_boundary_unmerged",
        f"{KEYS_LAST}:test_several_queued_prompts_get_one_run_each_in_order",
    ],
    "interrupt before the first token": [
        f"{KEYS_INTERRUPT}:test_interrupting_before_the_first_token_leaves_no_empty_answer",
    ],
    "interrupt mid tool arguments": [
        f"{KEYS_INTERRUPT}:test_interrupting_in_the_middle_of_a_calls_arguments_leaves_the_call_out_and_says_so",
    ],
    "interrupt during a tool": [
        f"{STORY}:test_in_interrupt_the_burger_is_cut_and_a_second_run_knows_both_prompts_and_what_was_cut",
    ],
    "interrupt between parallel tools": [
        f"{KEYS_INTERRUPT}:test_interrupting_between_parallel_tools_keeps_the_result_of_the_one_that_is_done",
        f"{KEYS_INTERRUPT}:test_calls_that_have_not_begun_when_the_run_is_interrupted_are_not_started",
    ],
    "interrupt while stopping": [
        f"{KEYS_INTERRUPT}:test_a_tool_that_ignores_cancellation_is_ended_after_the_grace_and_a_prompt_meanwhile_waits_for_that",
    ],
    "interrupt with queued prompts": [
        f"{KEYS_STOP}:test_queued_prompts_stay_when_an_interrupting_one_comes_and_go_on_when_its_run_completed",
    ],
    "provider error or 429 with a queue": [
        f"{KEYS_FAILURES}:test_a_401_is_shown_with_its_status_not_retried_and_holds_the_queue",
        f"{KEYS_FAILURES}:test_a_429_is_retried_visibly_and_then_holds_the_queue_as_rate_limited",
        f"{KEYS_FAILURES}:test_a_stream_that_is_cut_keeps_what_was_said_marks_it_and_holds_the_queue",
    ],
    "mode switched with prompts pending": [
        f"{KEYS_MODES}:test_the_mode_is_switched_live_by_shift_tab_f4_and_slash_mode_and_pending_prompts_keep_theirs",
    ],
    "a pending prompt is edited or dropped while the run takes it": [
        f"{KEYS_EDIT}:test_a_prompt_that_the_run_takes_while_it_is_edited_leaves_its_new_text_in_the_composer_as_already_sent",
        f"{KEYS_EDIT}:test_a_prompt_that_is_taken_before_its_edit_was_changed_is_not_sent_again",
        f"{KEYS_EDIT}:test_an_edit_that_is_saved_while_the_answer_is_committed_is_delivered_in_its_new_form_alone",
        f"{KEYS_PANEL}:test_what_is_selected_stays_so_when_others_land_and_nothing_is_when_it_has_landed_itself",
    ],
    "restart with pending prompts and a crashed run": [
        f"{KEYS_KILL}:test_killed_in_the_middle_of_an_answer_each_pending_prompt_is_there_once_and_held_until_enter",
        f"{KEYS_KILL}:test_killed_during_a_tool_its_outcome_is_unknown_and_it_is_not_executed_again",
        f"{KEYS_KILL}:test_killed_while_an_interrupting_prompt_waits_for_a_stubborn_tool_the_prompt_is_held",
        "tests.faults.test_kill_program:test_killed_at_random_moments_the_program_loses_nothing_that_was_accepted_and_doubles_nothing",
    ],
    "session switched or closed in the UI while its run is active": [
        f"{KEYS_SESSIONS}:test_a_run_goes_on_in_a_session_that_is_not_shown_which_has_a_badge_and_rings_when_it_has_ended",
        "tests.e2e.test_sessions:test_a_run_goes_on_in_the_background_and_quitting_closes_every_session",
    ],
    "quit while running": [
        f"{KEYS_LEAVE}:test_leaving_while_a_run_streams_keeps_the_partial_answer_and_the_pending_prompts_and_restores_the_terminal",
        f"{KEYS_LEAVE}:test_closing_the_terminal_ends_the_program_and_keeps_everything",
        f"{KEYS_LEAVE}:test_leaving_while_a_stubborn_tool_runs_is_bounded_and_leaves_no_process",
    ],
    "a tool that ignores cancellation": [
        f"{KEYS_INTERRUPT}:test_a_tool_that_ignores_cancellation_is_ended_after_the_grace_and_a_prompt_meanwhile_waits_for_that",
        f"{KEYS_INTERRUPT}:test_a_second_esc_does_not_wait_for_the_grace",
    ],
    "disk full or read-only while submitting": [
        f"{KEYS_STORAGE}:test_a_prompt_that_cannot_be_stored_stays_in_the_composer_with_the_error_and_can_be_sent_later",
        f"{KEYS_STORAGE}:test_a_prompt_too_large_for_a_full_disk_stays_in_the_composer_and_the_database_is_sound",
    ],
}
"""What a user can cause, seen in a terminal. No key falls between the start of a run's task and its first step."""


@pytest.mark.parametrize("row", ROWS)
def test_each_edge_case_has_its_tests(row: str) -> None:
    for name in [*IN_THE_MACHINE.get(row, []), *ROWS[row], *IN_A_TERMINAL.get(row, [])]:
        module, _, test = name.partition(":")
        assert inspect.isfunction(getattr(importlib.import_module(module), test, None)), f"{name} is gone"


def test_each_case_of_the_machine_is_one_of_the_table() -> None:
    assert set(IN_THE_MACHINE) <= set(ROWS)


def test_each_case_that_is_seen_in_a_terminal_is_one_of_the_table() -> None:
    assert set(IN_A_TERMINAL) == set(ROWS) - {"the run's task is cancelled before its first step"}
