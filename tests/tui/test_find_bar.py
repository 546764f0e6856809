"""What is written into the line for words that are looked for."""

from textual import events, on
from textual.app import App, ComposeResult

from interruptible_tui.tui.find_bar import LONGEST, FindBar


class Finding(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.sought: list[str] = []

    def compose(self) -> ComposeResult:
        yield FindBar()

    @on(FindBar.Sought)
    def _note(self, event: FindBar.Sought) -> None:
        self.sought.append(event.words)


async def test_a_paste_is_one_line_and_no_longer_than_words_that_can_be_looked_for() -> None:
    app = Finding()
    async with app.run_test(size=(60, 5)) as pilot:
        bar = app.query_one(FindBar)
        bar.display = True
        bar.focus()
        await pilot.pause()
        bar.post_message(events.Paste("two\n words "))
        await pilot.press("!")
        bar.post_message(events.Paste("many words\n" * 100_000))
        await pilot.press("x")
        assert app.sought[:2] == ["two words", "two words!"]
        assert len(app.sought[2]) == len(bar.words) == LONGEST
        assert app.sought[2] == app.sought[3] == bar.words
