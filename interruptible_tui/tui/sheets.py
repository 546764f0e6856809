"""What is written in the composer, and what for.

At the bottom is the draft of a new prompt. A text of another purpose is laid over it; what is under it is kept as it
was left, to the cursor, and comes back when the text on top is done.
"""

from dataclasses import dataclass, field

from msgspec import Struct

from interruptible_tui.conversation import Prompt
from interruptible_tui.tui.recall import Recall


class EditOf(Struct, frozen=True):
    """A prompt that is pending is written anew."""

    prompt: Prompt
    number: int
    """The position that the panel showed for it."""

    @property
    def text(self) -> str:
        return self.prompt.text


class RewindTo(Struct, frozen=True):
    """An earlier prompt is written anew, to go on from there."""

    prompt: str
    """Its id."""
    text: str


class Unsent(Struct, frozen=True):
    """The text of an edit that came too late; it would be a new prompt."""

    number: int = 0
    """Its position in the panel; 0: unknown."""
    text: str = ""


Purpose = EditOf | RewindTo | Unsent
"""`text`: what it began with."""


def title(purpose: Purpose | None, *, left: bool = False) -> str:
    """What is said above the text; `left`: it was begun and left before. Markup-free."""
    match purpose:
        case None:
            return ""
        case EditOf(_, number):
            return f"editing #{number}, as you left it; Ctrl+Z: as it waits" if left else f"editing #{number}"
        case RewindTo():
            return "rewind: go on from here; what came after it is rolled back"
        case Unsent(number):
            return f"#{number} was already sent; this is a new prompt" if number else "not saved; this is a new prompt"


def short_title(purpose: Purpose | None) -> str:
    """The same in a word or two, where there is no room for more."""
    match purpose:
        case None:
            return ""
        case EditOf(_, number):
            return f"editing #{number}"
        case RewindTo():
            return "rewind"
        case Unsent():
            return "a new prompt"


@dataclass(slots=True)
class Sheet:
    purpose: Purpose | None = None
    text: str = ""
    """While something lies on it."""
    behind: int = 0
    """How many characters stand behind the cursor; likewise."""
    recall: Recall = field(default_factory=Recall)


class Sheets:
    def __init__(self) -> None:
        self._sheets = [Sheet()]

    @property
    def top(self) -> Sheet:
        return self._sheets[-1]

    def as_left(self, text: str, behind: int) -> list[Sheet]:
        """All of them, the lowest first; the one on top is left as it is said here."""
        self.top.text, self.top.behind = text, behind
        return self._sheets

    def lay(self, purpose: Purpose, text: str, behind: int) -> None:
        """Begin a text for `purpose`; the one before is left as it is said here."""
        self.as_left(text, behind)
        self._sheets.append(Sheet(purpose))

    def lift(self) -> Sheet:
        """The text on top is done; what lies under it comes back."""
        self._sheets.pop()
        return self.top

    def slip(self, purpose: Purpose, text: str) -> None:
        """Put a text under the one on top."""
        self._sheets.insert(-1, Sheet(purpose, text))
