"""What the word at the cursor may become: what is offered, which keys choose, and what is attached."""

import os
from pathlib import Path

import pytest
from textual import events

from interruptible_tui.conversation import Mode
from interruptible_tui.tui.completions import choices, commands, common_start, files, word_of
from interruptible_tui.tui.offer import Offer
from interruptible_tui.tui.operands import Complaint
from interruptible_tui.tui.paths import LARGEST, Listing, attached, listing
from tests.scripted import Gate, Scripted, says
from tests.tui.chats import Chat, chat, shown


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory in which the program was started."""
    folder = tmp_path / "here"
    (folder / "src").mkdir(parents=True)
    (folder / "my notes").mkdir()
    for name in ("notes.txt", "news.txt", "src/one.py", "my notes/a b.txt", ".hidden"):
        (folder / name).write_text(f"in {name}\n")
    monkeypatch.chdir(folder)
    return folder


def offered(it: Chat) -> list[str]:
    """What is offered, the chosen one with its mark."""
    offer = it.screen.query_one(Offer)
    return [row.strip() for row in shown(offer).splitlines()] if offer.display else []


def names(line: str) -> list[str]:
    return [each.shown for each in commands(line)]


# -- rules ------------------------------------------------------------------------------------------------------------


def test_the_words_of_a_command_are_offered_where_they_are_few() -> None:
    assert names("/res") == ["/resume", "/restore [N]"]
    assert names("/mode ") == [*Mode]
    assert names("/mode in") == ["interrupt", "incorporate"]
    assert names("/set 2 qu") == names("/set qu") == ["queue"]
    assert names("/on-interrupt t") == ["trim"]
    assert names("/incorporate-at ") == ["boundary", "now"]
    assert names("/now keep") == ["keep"]
    assert names("/find x") == names("/steer a") == names("/nothing a") == []
    assert choices("[N] MODE", 3) == ()


def test_a_path_is_completed_where_an_at_sign_begins_a_word() -> None:
    for line, path in {"see @src/o": "src/o", "@": "", '@"my notes/a b': "my notes/a b"}.items():
        word = word_of(line, is_command=False)
        assert word
        assert word.path == path
    told = word_of("/now see @no", is_command=True)
    assert told
    assert told.path == "no"
    for line in ("me@home", "see @src ", "@ ", '@"a" '):
        assert word_of(line, is_command=False) is None
    assert common_start(["/resume ", "/retry "]) == "/re"


def test_case_counts_where_there_is_a_capital_letter_and_hidden_names_are_asked_for(here: Path) -> None:
    (here / "README").touch()

    def found(typed: str) -> list[str]:
        word = word_of(f"@{typed}", is_command=False)
        assert word
        return [each.text for each in files(word, listing(word.folder, word.name))]

    assert found("rea") == found("READ") == ["@README"]
    assert found("Notes") == []
    assert found(".h") == ["@.hidden"]
    assert found("") == ["@README", '@"my notes/', "@news.txt", "@notes.txt", "@src/"]
    assert found("nowhere/") == []


def test_what_is_known_of_a_folder_serves_while_the_name_is_written_on() -> None:
    known = Listing("src/", "o", (("one", False),))
    assert known.covers("src/", "on")
    assert not known.covers("src/", "a")
    assert not known.covers("", "o")
    assert not Listing("", "").covers("", ".h")
    cut = Listing("", "", is_whole=False)
    assert cut.covers("", "")
    assert not cut.covers("", "a")


def test_names_that_cannot_be_written_are_offered_as_files_and_not_as_folders(tmp_path: Path) -> None:
    for name in (b"bad\xff", b"two\nlines"):
        (tmp_path / os.fsdecode(name)).mkdir()
        (tmp_path / os.fsdecode(b"file " + name)).touch()
    word = word_of(f"@{tmp_path}/", is_command=False)
    assert word
    found = files(word, listing(word.folder, word.name))
    assert [each.shown for each in found] == [os.fsdecode(b"file bad\xff"), "file two\nlines"]
    assert attached(found[0].file)[1].endswith("/file bad\ufffd, 0 lines, 0 bytes]")


def test_only_a_text_of_bounded_size_is_attached_exactly(here: Path) -> None:
    (here / "exact").write_bytes("ü\r\n\tend".encode())
    text, label = attached("exact")
    assert text == '<file path="exact">\nü\r\n\tend\n</file>'
    assert label == "[exact, 2 lines, 8 bytes]"
    (here / "large").write_bytes(b"x" * (LARGEST + 1))
    (here / "binary").write_bytes(b"a\0b")
    (here / "latin").write_bytes(b"\xe4")
    os.mkfifo(here / "pipe")
    for name, why in {
        "large": "it has more than 1.0 MB",
        "binary": "it is no text",
        "latin": "it is no text in UTF-8",
        "pipe": "it is no file",
        "src": "Is a directory",
        "gone": "No such file or directory",
    }.items():
        with pytest.raises(Complaint, match=f"^{name} is not attached: {why}$"):
            attached(name)


# -- keys -------------------------------------------------------------------------------------------------------------


async def test_an_offer_opens_as_one_types_and_nothing_in_it_is_chosen_by_itself(tmp_path: Path, here: Path) -> None:
    async with chat(tmp_path, Scripted(says("Heard."))) as it:
        await it.type("/re")
        await it.until(lambda: len(offered(it)) == 5)
        assert offered(it)[0].startswith("/resume")
        await it.type("", "down", "down")
        assert offered(it)[1].startswith("▸ /retry")
        assert it.hint.startswith("  Enter, Tab: write /retry · Esc: close")
        await it.type("", "enter")
        assert it.composer.text == "/retry "
        await it.type("", "ctrl+c")
        await it.type("see @no")
        await it.until(lambda: offered(it) == ["notes.txt"])
        await it.type("", "enter")
        await it.until(lambda: "Heard." in it.said)
        assert await it.users() == ["see @no"]


async def test_a_file_is_a_chip_until_it_is_sent_and_then_its_text(tmp_path: Path, here: Path) -> None:
    async with chat(tmp_path, Scripted(says("Heard."))) as it:
        await it.type('see @no\tand @"my n\ta b\t.')
        assert it.composer.attachments.labelled(it.composer.written) == (
            "see [notes.txt, 1 line, 13 bytes]and [my notes/a b.txt, 1 line, 20 bytes]."
        )
        await it.type("", "enter")
        await it.until(lambda: "Heard." in it.said)
        assert await it.users() == [
            (
                'see <file path="notes.txt">\nin notes.txt\n</file>'
                'and <file path="my notes/a b.txt">\nin my notes/a b.txt\n</file>.'
            )
        ]


async def test_tab_completes_as_far_as_it_is_certain_then_chooses_then_takes(tmp_path: Path, here: Path) -> None:
    async with chat(tmp_path, Scripted()) as it:
        await it.type("@s\t")
        assert it.composer.text == "@src/"
        await it.type("", "ctrl+c")
        await it.type("@n")
        await it.type("", "tab")
        await it.until(lambda: offered(it) == ["▸ news.txt", "notes.txt"])
        await it.type("", "up")
        await it.until(lambda: offered(it) == ["news.txt", "▸ notes.txt"])
        await it.type("", "tab")
        assert it.composer.attachments.labelled(it.composer.text) == "[notes.txt, 1 line, 13 bytes]"


@pytest.mark.parametrize("text", ["words", "me@home", "see @nothing", "@src/ "])
async def test_tab_queues_any_other_text(tmp_path: Path, here: Path, text: str) -> None:
    gate = Gate()
    async with chat(tmp_path, Scripted(says("Wor", gate))) as it:
        await it.type("go", "enter")
        await gate.reached()
        await it.type(text, "tab")
        await it.until(lambda: [each.prompt.text for each in it.engine.state.pending] == [text])
        assert it.engine.state.pending[0].prompt.mode is Mode.QUEUE


async def test_esc_closes_the_offer_first_and_what_is_typed_on_opens_it_again(tmp_path: Path, here: Path) -> None:
    gate = Gate()
    async with chat(tmp_path, Scripted(says("Wor", gate))) as it:
        await it.type("go", "enter")
        await gate.reached()
        await it.type("@n")
        await it.until(lambda: bool(offered(it)))
        await it.type("", "escape")
        await it.until(lambda: not offered(it))
        assert it.engine.state.run is not None
        assert "Esc: stop" in it.hint
        await it.type("e")
        await it.until(lambda: offered(it) == ["news.txt"])
        await it.type("", "escape", "escape")
        await it.until(lambda: it.engine.state.run is None)
        assert it.composer.draft == "@ne"


async def test_going_back_opens_no_offer_and_goes_on(tmp_path: Path, here: Path) -> None:
    async with chat(tmp_path, Scripted(says("Heard."))) as it:
        it.composer.earlier += ["older", "see @n"]
        await it.type("", "up", "up")
        assert it.composer.draft == "older"


async def test_a_file_that_cannot_be_attached_is_told_and_nothing_is_lost(tmp_path: Path, here: Path) -> None:
    (here / "binary").write_bytes(b"\0")
    async with chat(tmp_path, Scripted()) as it:
        await it.type("before @bin\tafter")
        assert it.composer.draft == "before @binafter"
        await it.type("", *["backspace"] * 5, "tab")
        await it.until(lambda: "binary is not attached: it is no text" in it.hint)


async def test_an_offer_of_hostile_names_is_shown_literally_and_a_click_chooses(tmp_path: Path, here: Path) -> None:
    (here / "a\x1b]0;x\x07\nb").write_text("hostile")
    async with chat(tmp_path, Scripted()) as it:
        await it.type("@a")
        await it.until(lambda: offered(it) == ["a␛]0;x␇␊b"])
        await it.pilot.click(Offer, offset=(4, 0))
        await it.until(lambda: it.composer.has_chips)
        assert "[a␛]0;x␇␊b, 1 line, 7 bytes]" in shown(it.composer)


async def test_a_folder_of_many_names_is_looked_through_beside_the_keys(tmp_path: Path, here: Path) -> None:
    many = here / "many"
    many.mkdir()
    for number in range(20_000):
        os.close(os.open(many / f"file{number}", os.O_CREAT | os.O_WRONLY))
    async with chat(tmp_path, Scripted()) as it:
        await it.type("@many/file19999")
        await it.until(lambda: offered(it) == ["file19999"])
        it.app.post_message(events.Key("tab", None))
        await it.until(lambda: it.composer.has_chips)


async def test_a_file_that_was_made_since_is_offered_by_the_next_word(tmp_path: Path, here: Path) -> None:
    async with chat(tmp_path, Scripted()) as it:
        await it.type("@n")
        await it.until(lambda: offered(it) == ["news.txt", "notes.txt"])
        (here / "new").touch()
        await it.type("x @n")
        await it.until(lambda: offered(it) == ["new", "news.txt", "notes.txt"])


async def test_a_chip_whose_word_has_gone_meanwhile_takes_nothing_else_away(tmp_path: Path, here: Path) -> None:
    async with chat(tmp_path, Scripted()) as it:
        await it.type("see @no")
        word = it.composer._word()
        assert word
        it.composer.write("something else")
        it.composer._put_chip(word, it.composer.attachments.chip("attached", "[label]"))
        assert it.composer.draft == "something elseattached"
