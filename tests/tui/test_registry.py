"""One registry stands behind keys, commands and the palette: nothing is reachable by only one of them."""

import pkgutil
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from textual.binding import Binding
from textual.dom import DOMNode

from interruptible_tui import tui
from interruptible_tui.tui import bindings
from interruptible_tui.tui.actions import ACTIONS, perform
from interruptible_tui.tui.bindings import all_bindings, bound_as, declared, meet, meetings
from interruptible_tui.tui.help_text import sections
from interruptible_tui.tui.keymap import Keymap
from interruptible_tui.tui.operands import Complaint
from interruptible_tui.tui.registry import NAVIGATION, by_action, is_exempt, keys_in_chat, stands_for
from tests.scripted import Scripted
from tests.tui.chats import chat

WORDS = [action.word for action in ACTIONS]


def everything() -> Iterator[tuple[type[DOMNode], Binding]]:
    """What all classes of all modules bind."""
    for module in pkgutil.iter_modules(tui.__path__):
        import_module(f"interruptible_tui.tui.{module.name}")
    for kind in set(bindings._kinds(DOMNode)):
        for binding in declared(kind):
            yield kind, binding


def test_every_binding_has_an_id_of_place_and_word_and_says_what_it_does() -> None:
    for kind, binding in everything():
        place, _, word = (binding.id or "").partition(".")
        assert place, f"{kind.__name__}: {binding.key} has no id"
        assert word, f"{kind.__name__}: {binding.id} should be PLACE.WORD"
        assert binding.description, f"{kind.__name__}: {binding.id} does not say what it does"


def test_one_id_means_one_thing() -> None:
    known: dict[str, tuple[str, tuple[str, ...]]] = {}
    for kind, binding in everything():
        bound = bound_as(binding)
        same = known.setdefault(bound.id, (bound.action, bound.keys))
        assert same == (bound.action, bound.keys), f"{kind.__name__}: {bound.id} is also {same}"


def test_all_keys_are_known_where_they_are_mapped_and_shown() -> None:
    """A module with keys that is imported late has to be among those that are looked into, here in a new program."""
    code = "from interruptible_tui.tui import app, bindings; print(*bindings.all_bindings())"
    known = subprocess.run([sys.executable, "-P", "-c", code], check=True, capture_output=True, text=True).stdout
    assert set(known.split()) == {binding.id for _, binding in everything()}


def test_every_key_stands_for_an_action_or_only_moves_shows_leaves_or_writes() -> None:
    lost = [each.id for each in all_bindings().values() if not is_exempt(each) and not stands_for(each.id)]
    assert lost == [], "these keys are reachable by no command and not in the palette"


def test_every_name_that_is_exempt_is_needed() -> None:
    assert {each.action for each in all_bindings().values()} >= NAVIGATION


def test_what_an_action_names_as_its_keys_is_there() -> None:
    named = {id_ for action in ACTIONS for id_ in action.keys}
    assert named <= {each.id for each in all_bindings().values() if not is_exempt(each)}


def test_a_word_has_one_action() -> None:
    assert len(set(WORDS)) == len(WORDS)


async def test_every_action_is_a_command_and_in_the_palette_which_shows_its_keys(tmp_path: Path) -> None:
    async with chat(tmp_path, Scripted()) as it:
        offered = {each.title: each.help for each in it.app.get_system_commands(it.screen)}
        keys = keys_in_chat(all_bindings(), {})
        for action in ACTIONS:
            assert f"/{action.word}" in offered[action.title]
            assert all(key in offered[action.title] for key in keys[action.word])
        assert set(offered) == {action.title for action in ACTIONS}
        with pytest.raises(Complaint, match="there is no command"):
            perform(it.screen, "/nothing of this name")


def test_every_action_and_every_key_is_in_the_help() -> None:
    rows = [row for _, shown in sections(all_bindings(), {}) for row in shown]
    names = {row.name.split()[0] for row in rows}
    assert names >= {f"/{word}" for word in WORDS} | set(all_bindings())


def test_actions_have_the_keys_that_people_know() -> None:
    found = {word: {each.id for each in those} for word, those in by_action(all_bindings().values()).items()}
    assert found["stop"] == {"chat.stop", "runs.cancel"}
    assert found["queue"] == {"composer.queue"}
    assert found["set"] == {"pending.mode", "pending.incorporate", "pending.queue"}
    assert found["copy"] >= {"chat.copy", "chat.copy_code", "request.copy"}


def test_keys_meet_where_both_could_be_meant() -> None:
    assert meet("composer", "chat")
    assert meet("app", "runs")
    assert meet("list", "runs")
    assert not meet("composer", "pending")
    assert not meet("chat", "runs")
    assert not meet("pending", "runs")


# -- the table of keys ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ({"chat.stpo": "f9"}, "\"chat.stpo\" = 'f9' is left out: nothing has this name; is it chat.stop?"),
        ({"chat.stop": "f99"}, "\"chat.stop\" (Stop) = 'f99' is left out: there is no key 'f99'"),
        ({"chat.stop": "hyper+nonsense"}, "there is no key 'hyper+nonsense'"),
        ({"chat.stop": 3}, '"chat.stop" (Stop) = 3 is left out: should be a text like "escape,ctrl+t"'),
        ({"": 3}, "keys should be a table"),
        ({"chat.mode": "f2"}, '"chat.mode" (Mode) = \'f2\' is left out: F2 is "chat.runs" (Runs) already'),
        ({"chat.pending": "f6"}, 'F6 is "chat.focus_next" (Other part) already'),
        ({"pending.edit": "d"}, 'd is "pending.withdraw" (Withdraw) already'),
        ({"app.quit": "a"}, "a writes text there"),
        ({"composer.queue": "?"}, "? writes text there"),
        ({"chat.runs": "ctrl+e"}, "Ctrl+E edits the text of the input"),
        ({"runs.retry": "f1"}, 'F1 is "app.help" (Help) already'),
    ],
)
def test_what_cannot_be_heeded_is_left_out_and_told(table: dict[str, object], complaint: str) -> None:
    keymap = Keymap(table)
    assert keymap.mapped == {}
    assert len(keymap.complaints) == 1
    assert complaint in keymap.complaints[0]


def test_keys_can_change_places() -> None:
    keymap = Keymap({"chat.runs": "f6", "chat.focus_next": "f2"})
    assert keymap.complaints == []
    assert keymap.mapped == {"chat.runs": "f6", "chat.focus_next": "f2"}


def test_of_two_lines_with_one_key_the_later_is_left_out_and_what_then_meets_its_usual_key_too() -> None:
    keymap = Keymap({"chat.copy": "f9", "chat.runs": "f9", "chat.mode": "f2"})
    assert keymap.mapped == {"chat.copy": "f9"}
    assert len(keymap.complaints) == 2


def test_a_key_may_take_an_editing_keys_place_in_the_input_itself() -> None:
    assert Keymap({"composer.queue": "ctrl+e"}).complaints == []


def test_keys_may_be_written_as_people_write_them() -> None:
    mapped = Keymap({"chat.stop": "Escape, Ctrl+T", "chat.runs": "ctrl+alt+x", "pending.edit": "shift+e,!"}).mapped
    assert mapped == {"chat.stop": "escape,ctrl+t", "chat.runs": "alt+ctrl+x", "pending.edit": "E,exclamation_mark"}


def test_the_usual_keys_need_no_complaint() -> None:
    usual = {id_: bound.keys for id_, bound in all_bindings().items()}
    assert Keymap({id_: ",".join(keys) for id_, keys in usual.items()}).complaints == []
    assert all(
        "escape" in key or key in {"ctrl+c", "super+c", "f1", "up", "down", "ctrl+f", "ctrl+r", "enter"}
        for *_, key in meetings(usual)
    )


def test_the_table_of_keys_in_the_readme_is_heeded() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    (table,) = re.findall(r"```toml\n(\[keys\]\n.*?)```", readme, re.DOTALL)
    keymap = Keymap(tomllib.loads(table)["keys"])
    assert keymap.complaints == []
    assert keymap.mapped["chat.stop"] == "escape,ctrl+t"
