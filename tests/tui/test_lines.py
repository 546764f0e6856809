"""Lines of which some can be chosen."""

from textual.app import App, ComposeResult

from interruptible_tui.tui.lines import Line, LinesView, Piece


class _Bordered(App[None]):
    CSS = "LinesView { border-top: solid red; padding: 0 1; height: 5; }"

    def compose(self) -> ComposeResult:
        yield LinesView()


async def test_a_click_chooses_the_line_it_meets_whatever_borders_there_are() -> None:
    app = _Bordered()
    async with app.run_test(size=(20, 10)) as pilot:
        view = app.query_one(LinesView)
        view.show([Line((Piece(f"line {at}"),), at) for at in range(3)], chosen=2)
        for row in (1, 0):
            await pilot.click(view, offset=(4, 1 + row))
            assert view.chosen == row
        await pilot.click(view, offset=(4, 0))
        assert view.chosen == 0
