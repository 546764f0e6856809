"""What is written can be read in every theme: contrast as WCAG 2.2 reckons it, of what is really on the screen."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from rich.style import Style
from textual.color import Color
from textual.geometry import Region
from textual.theme import Theme

from interruptible_tui.conversation import Mode
from interruptible_tui.tui.colours import DARK, SIXTEEN
from interruptible_tui.tui.preferences import Preferences
from interruptible_tui.tui.themes import THEMES
from tests.scripted import Gate, Scripted, calls, says
from tests.tui.chats import Chat, chat

ENOUGH = {"dark": 4.5, "light": 4.5, "high-contrast": 7.0}
"""WCAG 2.2: 1.4.3 (AA), and 1.4.6 (AAA)."""
ANSWER = """\
# A heading

Words that are *slanted*, **bold** and `code`, and [a link](https://example.org).

> quoted words

- [x] done

| column | other |
|---|---|
| cell | words |

```python
# a comment
@decorated
def function(number: int = 42) -> str:
    return "text" if number and not None else f"{number}"
```
"""


@pytest.fixture(autouse=True)
def colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal with all of them."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.delenv("NO_COLOR", raising=False)


def contrast(one: Color, other: Color) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Color) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def written(it: Chat) -> Iterator[tuple[str, float]]:
    """Each piece of text on the screen, and how it stands out from its ground."""
    strips = it.app.screen._compositor.render_strips()
    if it.app.screen.is_modal:  # what lies under it is meant to be faint
        strips = [strips[y].crop(region.x, region.right) for region in _parts(it) for y in region.line_range]
    for strip in strips:
        for text, style, _ in strip:
            if style and any(letter.isalnum() for letter in text):
                yield text.strip(), contrast(*_colours(style))


def _parts(it: Chat) -> list[Region]:
    return [widget.region for widget in it.app.screen.query("Input, OptionList")]


def _colours(style: Style) -> tuple[Color, Color]:
    assert style.color is not None
    assert style.bgcolor is not None
    text, ground = Color.from_rich_color(style.color), Color.from_rich_color(style.bgcolor)
    if style.dim:
        text = text.blend(ground, 0.5)
    return (ground, text) if style.reverse else (text, ground)


def hard_to_read(it: Chat, enough: float) -> dict[str, float]:
    return {text: round(ratio, 2) for text, ratio in written(it) if ratio < enough}


@asynccontextmanager
async def full(directory: Path, theme: str) -> AsyncIterator[Chat]:
    """A chat with an answer, a run at work, prompts that wait, and a complaint."""
    gate = Gate()
    scripted = Scripted(says(ANSWER), calls(("nothing", {})), says("more", gate))
    async with chat(
        directory, scripted, mode=Mode.QUEUE, size=(90, 60), preferences=Preferences({}, Path("x"), theme)
    ) as it:
        await it.type("hi", "enter")
        await it.until(lambda: "decorated" in it.said and "idle" in it.status)
        await it.type("again", "enter")
        await it.until(lambda: "more" in it.said)
        await it.type("one that waits", "tab")
        await it.type("another", "ctrl+j", "that waits", "alt+s")
        await it.until(lambda: "another" in it.panel)
        yield it
        gate.open()


@pytest.mark.parametrize("theme", [DARK, *THEMES], ids=lambda theme: theme.name)
def test_every_colour_of_text_stands_out_from_every_ground_that_it_may_stand_on(theme: Theme) -> None:
    """Selected and chosen lines included."""
    values = theme.to_color_system().generate() | theme.variables
    colours = {name: Color.parse(value) for name, value in values.items() if value.startswith("#")}
    texts = ("foreground", *(f"text-{name}" for name in ("muted", "primary", "success", "error", "warning", "accent")))
    grounds = ("background", "surface", "surface-lighten-1", "surface-lighten-2")
    selections = ("screen-selection-background", "input-selection-background")
    ratios = {
        (text, ground): contrast(colours[text], colours[ground]) for text in texts for ground in grounds + selections
    }
    assert {where: ratio for where, ratio in ratios.items() if ratio < ENOUGH[theme.name]} == {}


@pytest.mark.parametrize("theme", ENOUGH)
async def test_text_stands_out_from_its_ground(tmp_path: Path, theme: str) -> None:
    enough = ENOUGH[theme]
    async with full(tmp_path, theme) as it:
        assert it.app.theme == theme
        assert hard_to_read(it, enough) == {}
        await it.type("/nothing", "enter")
        await it.until(lambda: "no command" in it.hint)
        await it.type("", "ctrl+c", "alt+p", "up")
        assert hard_to_read(it, enough) == {}
        await it.type("", "ctrl+f")
        await it.type("words", "enter")
        await it.until(lambda: len({strip for strip, _ in written(it) if strip == "words"}) == 1)
        assert hard_to_read(it, enough) == {}
        await it.type("", "escape", "f2")
        await it.pilot.pause()
        assert hard_to_read(it, enough) == {}
        await it.type("", "escape", "f1")
        await it.pilot.pause()
        assert hard_to_read(it, enough) == {}
        await it.type("", "escape", "ctrl+p")
        await it.until(lambda: any("Compensate" in text or "Back out" in text for text, _ in written(it)))
        assert hard_to_read(it, enough) == {}


async def test_a_theme_is_chosen_by_name_and_holds_at_the_next_start(tmp_path: Path) -> None:
    kept = tmp_path / "theme.json"
    preferences = Preferences({}, Path("x"), "dark", kept)
    async with chat(tmp_path, Scripted(), preferences=preferences) as it:
        await it.type("/theme light", "enter")
        await it.until(lambda: it.app.theme == "light" and kept.exists())
        assert kept.stat().st_mode & 0o777 == 0o600
    async with chat(tmp_path, Scripted(), preferences=preferences) as it:
        assert it.app.theme == "light"
    assert Preferences({}, Path("x"), "high-contrast", kept).theme == "high-contrast"


async def test_a_theme_that_there_is_not_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    async with chat(tmp_path, Scripted()) as it:
        await it.type("/theme pink", "enter")
        await it.until(lambda: "there is no theme pink; the program's own are dark, light" in it.hint)
        assert it.app.theme == "dark"


async def test_a_theme_that_there_is_not_does_not_keep_the_chat_from_starting(tmp_path: Path) -> None:
    async with chat(tmp_path, Scripted(), preferences=Preferences({}, Path("config.toml"), "pink")) as it:
        await it.until(lambda: "config.toml: there is no theme pink" in it.said)
        assert it.app.theme == "dark"


async def test_without_a_name_the_themes_are_listed(tmp_path: Path) -> None:
    async with chat(tmp_path, Scripted()) as it:
        await it.type("/theme", "enter")
        await it.until(lambda: it.app.screen is not it.screen)
        await it.type("high", "enter")
        await it.until(lambda: it.app.theme == "high-contrast")


async def test_the_terminals_own_colours_can_be_had_and_left(tmp_path: Path) -> None:
    async with chat(tmp_path, Scripted()) as it:
        await it.type("/theme ansi", "enter")
        await it.until(lambda: it.app.theme == SIXTEEN.name and it.app.native_ansi_color)
        await it.type("/theme dark", "enter")
        await it.until(lambda: it.app.theme == "dark" and not it.app.native_ansi_color)


async def test_without_colours_there_is_nothing_to_choose(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with chat(tmp_path, Scripted(), preferences=Preferences({}, Path("x"), "light")) as it:
        assert it.app.theme == SIXTEEN.name
        await it.type("/theme light", "enter")
        await it.until(lambda: "NO_COLOR is set" in it.hint)


@pytest.mark.parametrize("text", ["", "{", "[]", '"light"', json.dumps({"theme": "light"}), "\0\xff"])
def test_what_cannot_be_read_is_nobodys_wish(tmp_path: Path, text: str) -> None:
    kept = tmp_path / "theme.json"
    kept.write_bytes(text.encode("latin-1"))
    assert Preferences({}, Path("x"), "dark", kept).theme == "dark"
