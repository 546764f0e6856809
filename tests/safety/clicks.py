"""Clicks on what stands on the screen."""

from tests.e2e.chat import Chat


def click(chat: Chat, words: str) -> None:
    """On the last row that has `words`, near its beginning. As xterm's SGR mouse mode sends it."""
    chat.wait_for(words)
    row = max(row for row, line in enumerate(chat.screen, 1) if words in line)
    chat.send(f"\x1b[<0;5;{row}M\x1b[<0;5;{row}m")
