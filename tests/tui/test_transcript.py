"""What the transcript shows."""

import os
import re

import pytest

from interruptible_tui.conversation import CallStatus, Cut, Message, MessageStatus, Mode, Role, ToolCall
from interruptible_tui.text import clean
from tests.tui.transcripts import Host, call, lines, reply, result, said, settled, styles, user

ANSWER = """# Plan

Some *words* and a [link](https://example.com/x) with `code`.

1. one
2. two

```python
def f(): return 1
```

| a | b |
|---|---|
| 凯撒 | 🥗 |

---

Done."""

HOSTILE = [
    "\x1b[31mred",
    "\x1b]52;c;aGk=\x07",
    "\x9b31m",
    "\u202eevil",
    "\u2066x\u2069",
    "[@click=app.quit]x[/]",
    "[/",
    "arr[i]",
    "[bold]x[/bold]",
    "a\tb\rc\x0bd",
    "&#x202e;x",
    "<b>html</b>",
    "<div>\nblock\n</div>",
]


async def test_a_users_text_is_literal_and_its_receipt_stands_below() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)):
        app.transcript.add(
            Message(role=Role.USER, text="# *hi*", run=1, receipt="incorporated at turn 4", mode=Mode.INCORPORATE)
        )
        assert said(app.transcript) == ["❯ # *hi*", "incorporated at turn 4 · incorporate"]


async def test_a_reply_is_markdown_and_a_link_shows_where_it_leads() -> None:
    app = Host()
    async with app.run_test(size=(80, 40)):
        app.transcript.add(reply(ANSWER))
        shown = said(app.transcript)
        assert "Plan" in shown
        assert "Some words and a link (https://example.com/x) with code." in shown
        assert "1 one" in shown
        assert "Done." in shown
        assert not [style for style in styles(app.transcript) if style.link or "@click" in style.meta]


async def test_a_link_is_told_its_target_though_it_is_defined_in_another_block() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        text = "See [this][1].\n\nMore.\n\n[1]: https://example.com\n"
        app.transcript.stream(1, 1, text)
        await settled(pilot)
        app.transcript.add(reply(text))
        assert "See this (https://example.com)." in said(app.transcript)


@pytest.mark.parametrize(
    ("status", "cut", "word"),
    [
        (MessageStatus.PARTIAL, Cut.STOP, "■ interrupted by the user"),
        (MessageStatus.TRIMMED, None, "trimmed"),
        (MessageStatus.ROLLED_BACK, None, "rolled back"),
    ],
)
async def test_a_reply_that_did_not_become_whole_says_so(status: MessageStatus, cut: Cut | None, word: str) -> None:
    app = Host()
    async with app.run_test(size=(80, 24)):
        app.transcript.add(Message(role=Role.ASSISTANT, text="I was", run=1, turn=1, status=status, cut=cut))
        assert said(app.transcript) == ["I was", word]


async def test_notes_and_notices_are_lines_of_their_own() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)):
        app.transcript.add(Message(role=Role.NOTE, text="the oven is still on"))
        app.transcript.notice("retrying in 4 s")
        app.transcript.notice("503", error=True)
        assert said(app.transcript) == ["· the oven is still on", "· retrying in 4 s", "! 503"]


@pytest.mark.parametrize("payload", HOSTILE)
async def test_hostile_text_is_shown_literally_wherever_text_is_shown(payload: str) -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        transcript = app.transcript
        hostile = ToolCall(payload, payload, payload, CallStatus.DONE)
        transcript.add(user(payload, receipt=payload))
        transcript.add(reply(payload + "\n\n```\n" + payload + "\n```", 1, 1, hostile))
        transcript.add(result(payload, payload))
        transcript.notice(payload)
        transcript.stream(2, 1, payload)
        transcript.stream_call(2, 1, 0, payload, payload, payload)
        await settled(pilot)
        transcript.focus()
        await pilot.press("left", "enter")
        shown = "\n".join(lines(transcript))
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)
        assert not [style for style in styles(transcript) if style.link or "@click" in style.meta]
        for part in re.split(r"[\W_]+", clean(payload.replace("&#x202e;", ""))):
            assert shown.count(part) >= 6


async def test_the_tail_of_a_stream_looks_as_the_final_reply() -> None:
    app = Host()
    async with app.run_test(size=(60, 30)) as pilot:
        for character in ANSWER:
            app.transcript.stream(1, 1, character)
            if character == "\n":
                await settled(pilot)
        await settled(pilot)
        streamed = lines(app.transcript)
        drawn = app.transcript.drawn
        app.transcript.add(reply(ANSWER))
        assert lines(app.transcript) == streamed
        assert app.transcript.drawn == drawn
        app.transcript.show([reply(ANSWER)])
        assert lines(app.transcript) == streamed


async def test_a_reply_that_is_tried_again_is_forgotten() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        app.transcript.add(user("hello"))
        app.transcript.stream(1, 1, "half")
        await settled(pilot)
        app.transcript.abandon(1, 1)
        assert said(app.transcript) == ["❯ hello"]
        app.transcript.abandon(1, 1)


async def test_no_line_is_wider_than_the_widget() -> None:
    app = Host()
    deep = "".join("  " * depth + "- item\n" for depth in range(20))
    wide = "|" + "column |" * 40 + "\n|" + "---|" * 40 + "\n|" + "cell |" * 40 + "\n"
    async with app.run_test(size=(20, 24)) as pilot:
        for width in (20, 3, 1, 47):
            await pilot.resize_terminal(width, 24)
            app.transcript.show([user("凯" * 99), reply("x" * 300 + "\n\n" + deep + "\n" + wide, 1, 1, call())])
            await pilot.pause()
            for _ in range(12):
                widths = {app.transcript.render_line(y).cell_length for y in range(app.transcript.size.height)}
                assert widths == {app.transcript.size.width} or not app.transcript.size
                app.transcript.action_page_up()
                await pilot.pause()


async def test_a_theme_changes_what_is_already_there() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        app.transcript.add(reply("words"))
        dark = app.transcript.draw_part(app.transcript._layout.at(1).part)
        app.theme = "textual-light"
        await pilot.pause()
        await pilot.pause()
        assert app.transcript.draw_part(app.transcript._layout.at(1).part) != dark


async def test_html_is_text() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)):
        app.transcript.add(reply("a <b>word</b>\n\n<div>\nblock\n</div>\n\n![image](x.png)"))
        assert said(app.transcript) == ["a <b>word</b>", "<div> block </div>", "!image (x.png)"]


async def test_without_colours_everything_is_still_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert os.environ["NO_COLOR"]
    app = Host()
    async with app.run_test(size=(80, 24)):
        app.transcript.add(reply("**words**", 1, 1, call(CallStatus.FAILED)))
        assert said(app.transcript) == ["words", "✗ cook soup  failed"]


async def test_a_row_with_letters_that_terminals_count_differently_is_told_its_columns() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)):
        app.transcript.add(reply("a 👨\u200d👩\u200d👧 b"))
        assert re.search(r"\x1b\[\d+G b", app.transcript.paint_row(1).text)
