"""What the user does to prompts that are pending, and how the last of that is taken back.

A change starts nothing, except that INTERRUPT sends a prompt now. Within its place a prompt keeps its turn, unless it
is moved; one that changes places goes to the end of the new one. Whoever comes too late is told.
"""

from typing import assert_never

from msgspec.structs import replace

from interruptible_tui.conversation import Hold, IncorporateAt, Mode, Prompt, Trigger
from interruptible_tui.effects import RewritePrompt, SavePrompt, Stop, WithdrawPrompt
from interruptible_tui.events import (
    EditLeft,
    EditOpened,
    EditSaved,
    ModeChanged,
    Moved,
    PendingEvent,
    UndoRequested,
    Withdrawn,
)
from interruptible_tui.machine.rollback import restore
from interruptible_tui.machine.running import cancel, cut, start_or_follow
from interruptible_tui.machine.state import (
    Before,
    Prompts,
    RolledBack,
    SessionState,
    Step,
    changed,
    ids,
    inserted,
    is_idle,
    refuse,
    without,
)

ALREADY_SENT = "already sent"
ALREADY_WITHDRAWN = "already withdrawn"


def amend(state: SessionState, event: PendingEvent) -> Step:
    if isinstance(event, EditLeft):
        return replace(state, editing=None), ()
    if isinstance(event, UndoRequested):
        return _undo(state)
    before = _find(state, event.id)
    if before is None:
        return refuse(state, ALREADY_WITHDRAWN if _was_withdrawn(state, event.id) else ALREADY_SENT)
    match event:
        case EditOpened(id):
            return replace(state, editing=id), ()
        case EditSaved(_, text, mode):
            return _rewrite(state, before, text, mode)
        case Withdrawn():
            return _withdraw(state, before)
        case Moved(_, by):
            return _move(state, before, by)
        case ModeChanged(_, mode):
            return _change_mode(state, before, mode)
    assert_never(event)


def _was_withdrawn(state: SessionState, id_: str) -> bool:
    """As far as is remembered."""
    return isinstance(state.undo, Before) and state.undo.withdrawn and state.undo.prompt.id == id_


def _find(state: SessionState, id_: str) -> Before | None:
    for in_next, prompts in ((True, state.next), (False, state.later)):
        if id_ in ids(prompts):
            index = ids(prompts).index(id_)
            return Before(prompts[index], in_next, index, withdrawn=False)
    return None


def _rewrite(state: SessionState, before: Before, text: str, mode: Mode | None) -> Step:
    if not text.strip():
        return refuse(state, "there is no text left: withdraw the prompt instead")
    new = replace(before.prompt, text=text)
    rewritten = replace(_put(state, new), editing=None if state.editing == new.id else state.editing)
    effects = (RewritePrompt(new),) if new != before.prompt else ()
    undo = before if effects else state.undo
    if not mode:
        return replace(rewritten, undo=undo), effects
    after, more = _change_mode(rewritten, replace(before, prompt=new), mode)
    return replace(after, undo=before if effects else after.undo), (*effects, *more)


def _withdraw(state: SessionState, before: Before) -> Step:
    after = replace(_taken_out(state, before.prompt.id), undo=replace(before, withdrawn=True))
    return after, (WithdrawPrompt(before.prompt),)


def _move(state: SessionState, before: Before, by: int) -> Step:
    """It passes its neighbour among those that land as it does: a held correction lands before all of the queue."""
    prompt = before.prompt
    place = state.next if before.in_next else state.later
    queued = prompt.mode is Mode.QUEUE
    alike = [other for other in place if before.in_next or (other.mode is Mode.QUEUE) == queued]
    at = alike.index(prompt) + by
    if not 0 <= at < len(alike):
        return state, ()
    moved = inserted(without(place, prompt.id), place.index(alike[at]), prompt)
    after = replace(state, next=moved) if before.in_next else replace(state, later=moved)
    return replace(after, undo=before), ()


def _change_mode(state: SessionState, before: Before, mode: Mode) -> Step:
    """A prompt that is held stays so, whatever its mode, until it is resumed or sent."""
    prompt = before.prompt
    if mode is Mode.INTERRUPT:
        return _send_now(state, before)
    if mode is prompt.mode:
        return state, ()
    new = replace(prompt, mode=mode)
    state = replace(state, undo=before)
    if before.in_next and mode is Mode.QUEUE:
        out = _taken_out(state, prompt.id)
        return replace(out, later=(*out.later, new)), ()
    if not before.in_next and mode is Mode.INCORPORATE and not state.hold and not is_idle(state):
        out = _taken_out(state, prompt.id)
        joined = replace(out, next=(*out.next, new))
        return cut(joined) if state.incorporate_at is IncorporateAt.NOW else (joined, ())
    return _put(state, new), ()


def _send_now(state: SessionState, before: Before) -> Step:
    """An interrupting prompt may wait beside a run that it has not stopped: /undo has put it back."""
    waits_for_it = before.in_next and before.prompt.mode is Mode.INTERRUPT
    joined = state if waits_for_it else _joined(state, before)
    if is_idle(state):
        return start_or_follow(joined, Trigger.PROMPT)
    return cancel(joined, Stop.INTERRUPT) if state.run and not state.run.stop else (joined, ())


def _joined(state: SessionState, before: Before) -> SessionState:
    new = replace(before.prompt, mode=Mode.INTERRUPT, on_interrupt=state.on_interrupt)
    joined = replace(_put(state, new), undo=before)
    if not before.in_next:
        out = _taken_out(joined, new.id)
        joined = replace(out, next=(*out.next, new))
    return joined


# -- taking back ------------------------------------------------------------------------------------------------------


def _undo(state: SessionState) -> Step:
    match state.undo:
        case None:
            return refuse(state, "there is nothing to undo")
        case RolledBack(rollback):
            return restore(state, rollback)
        case Before() as before:
            return _revert(state, before)
    assert_never(state.undo)


def _revert(state: SessionState, before: Before) -> Step:
    """Let a prompt wait as before. What comes back to a session that is idle now is held: nothing starts."""
    old, now = before.prompt, _find(state, before.prompt.id)
    if not now and not before.withdrawn:
        return refuse(state, ALREADY_SENT)
    out = _taken_out(replace(state, undo=None), old.id)
    if before.in_next and ((now and now.in_next) or not is_idle(out)):
        after = replace(out, next=inserted(out.next, before.index, old))
    else:
        comes_back = not out.run and not now
        hold = out.hold or (Hold.UNDO if comes_back else None)
        after = replace(out, later=inserted(out.later, before.index, old), hold=hold)
    return after, (SavePrompt(old) if before.withdrawn else RewritePrompt(old),)


def _taken_out(state: SessionState, id_: str) -> SessionState:
    return replace(state, next=without(state.next, id_), later=without(state.later, id_))


def _put(state: SessionState, new: Prompt) -> SessionState:
    next_: Prompts = changed(state.next, new)
    return replace(state, next=next_, later=changed(state.later, new))
