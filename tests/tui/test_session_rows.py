"""Sessions as rows of a list, and what is said of those that are not shown."""

from msgspec.structs import replace

from interruptible_tui.catalogue import Listed
from interruptible_tui.conversation import Hold, IncorporateAt, Mode, OnInterrupt, Prompt
from interruptible_tui.machine import ActiveRun, SessionState
from interruptible_tui.store import Session
from interruptible_tui.tui.badge import Other, badge
from interruptible_tui.tui.session_rows import ELSEWHERE, Row, ago, heading, row

SESSION = Session(
    1, "work", Mode.QUEUE, "m", OnInterrupt.KEEP, IncorporateAt.BOUNDARY, 1000.0, title="A burger", pending=2
)
LISTED = Listed(SESSION, "It is \x1bready.", owned=False)


def text(of: Row, width: int, now: float = 1000.0) -> str:
    return "".join(piece.text for piece in row(of, width, now))


def test_a_row_says_name_state_pending_time_title_and_last_line_and_marks_the_one_on_the_screen() -> None:
    whole = text(Row(LISTED, "held", shown=True), 96, 1000 + 3 * 3600)
    assert whole.split() == ["●", "work", "held", "2", "3", "h", "A", "burger", "It", "is", "␛ready."]
    assert text(Row(LISTED, "idle"), 96).startswith("  work ")


def test_where_there_is_little_room_the_name_stays_and_what_matters_least_goes_first() -> None:
    assert [word for word in ("session", "state", "pending", "used") if word in heading(96)] == [
        "session", "state", "pending", "used",
    ]  # fmt: skip
    assert "used" not in heading(60)
    assert text(Row(LISTED, ELSEWHERE), 30).split() == ["work", "A", "burger"]
    for width in range(1, 120):
        assert len(text(Row(LISTED, ELSEWHERE), max(width, 19))) <= max(width, 19)


def test_a_title_that_is_the_last_line_is_said_once_and_none_is_a_dash() -> None:
    same = Row(Listed(SESSION, "A burger", owned=False), "idle")
    assert text(same, 96).count("A burger") == 1
    assert text(Row(Listed(replace(SESSION, title=""), "", owned=False), "idle"), 96).endswith("–")


def test_what_is_typed_is_looked_for_in_all_that_is_shown_in_any_case() -> None:
    held = Row(LISTED, "held")
    assert all(held.matches(words) for words in ("", "WORK", "burg", "ready", "held", "work burger"))
    assert not any(held.matches(words) for words in ("salad", "work salad"))


def test_how_long_ago_is_said_as_people_do() -> None:
    minute, hour, day = 60, 3600, 86_400
    said = [ago(0, seconds) for seconds in (-5, 59, minute, hour - 1, hour, day, 29 * day)]
    assert said == ["now", "now", "1 min", "59 min", "1 h", "1 d", "29 d"]
    assert ago(0, 31 * day) in {"1970-01-01", "1969-12-31"}


RUNS = SessionState(run=ActiveRun(1))
HELD = SessionState(later=(Prompt("p", "x", Mode.QUEUE),), hold=Hold.STOPPED)
IDLE = SessionState()


def said(*others: Other) -> list[str]:
    return [piece.text for piece in badge(others)]


def test_the_badge_names_the_one_or_counts_them_in_words_that_are_not_those_of_the_session_itself() -> None:
    assert said() == said(Other("a", IDLE)) == []
    assert said(Other("a", RUNS)) == ["a at work"]
    assert said(Other("a", RUNS), Other("b", RUNS, unseen=True)) == ["2 others at work"]
    assert said(Other("a", HELD, unseen=True), Other("b", IDLE, unseen=True)) == ["a on hold", "b ended"]
    assert said(Other("\x1b[31mevil and very long", RUNS)) == ["␛[31mevil a… at work"]
    words = " ".join(said(Other("a", RUNS), Other("b", HELD), Other("c", IDLE, unseen=True)))
    assert not any(word in words for word in ("running", "held", "idle", "stopping"))
