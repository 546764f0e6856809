"""The terminal's clipboard, which is written by OSC 52, and only when the user asks for it.

tmux takes OSC 52 from a program where `set-clipboard` is `on`, and passes on what is wrapped for it where
`allow-passthrough` is `on`; by default it does neither. So inside of it both are sent: whichever is allowed works.
"""

from base64 import b64encode
from collections.abc import Mapping

from interruptible_tui.text import storable


def sequences(text: str, environment: Mapping[str, str]) -> str:
    """What puts `text` into the clipboard of a terminal."""
    plain = f"\x1b]52;c;{b64encode(storable(text).encode()).decode()}\a"
    return plain + _wrapped(plain) if _in_tmux(environment) else plain


def _in_tmux(environment: Mapping[str, str]) -> bool:
    """`TERM` tells it also on the other side of ssh."""
    return bool(environment.get("TMUX")) or environment.get("TERM", "").startswith("tmux")


def _wrapped(sequence: str) -> str:
    """For tmux to pass on: each ESC doubled, in a DCS of its own (tmux(1), `allow-passthrough`)."""
    return f"\x1bPtmux;{sequence.replace(chr(27), chr(27) * 2)}\x1b\\"
