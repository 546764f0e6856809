"""The draft is given up in the step that accepts what was sent from it, whatever that was."""

from pathlib import Path

import pytest

from interruptible_tui.drafts import Draft
from interruptible_tui.host import Refused
from tests.engine.driver import chatting
from tests.scripted import Scripted, says

HALF = Draft((("half a thought", ""),))


async def test_a_prompt_and_a_rewind_give_up_the_draft_as_they_are_accepted(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted(says("One."), says("Two."))) as chat:
        drafts = chat.engine.drafts
        drafts.standing = Draft
        await drafts.keep(HALF)
        prompt = await chat.engine.submit("hello")
        assert await drafts.read() == Draft()
        await chat.idle()
        await drafts.keep(HALF)
        await chat.engine.rewind("hello again", prompt)
        assert await drafts.read() == Draft()
        await chat.idle()


async def test_what_is_refused_leaves_the_draft(tmp_path: Path) -> None:
    async with chatting(tmp_path, Scripted(says("One."))) as chat:
        drafts = chat.engine.drafts
        drafts.standing = Draft
        await drafts.keep(HALF)
        with pytest.raises(Refused):
            await chat.engine.rewind("hello", "nothing was sent by this name")
        assert await drafts.read() == HALF
