"""What became of a prompt, in the words that people read."""

from interruptible_tui.effects import Deliver, Landing


def receipt(delivery: Deliver, *, waited: float, worked: float) -> str:
    """`waited`: seconds since the prompt was sent; `worked`: seconds that the run before it took."""
    match delivery.landing:
        case Landing.INCORPORATED:
            return f"incorporated at turn {delivery.turn} ({elapsed(waited)} after sending)"
        case Landing.INTERRUPTED:
            return f"interrupted run {delivery.interrupted} after {elapsed(worked)}"
        case Landing.QUEUED:
            return f"started run {delivery.run} (queued for {elapsed(waited)})"
        case Landing.STARTED:
            return f"started run {delivery.run}"


def elapsed(seconds: float) -> str:
    """Tenths of a second while they matter."""
    seconds = max(0.0, seconds)
    if seconds < 9.95:
        return f"{seconds:.1f} s".replace(".0 s", " s")
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
