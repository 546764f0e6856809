"""The screen itself: reading, writing, looks."""

from __future__ import annotations

from interruptible_tui.tui.actions.action import Action

SCREEN = (
    Action(
        "copy",
        "Copy",
        "what is selected, the last answer, or the Nth from the end",
        lambda chat, words: chat.copier.copy(words),
        "[answer|code|message|prompt] [N]",
        ("chat.copy_code", "request.copy_selected"),
    ),
    Action(
        "find",
        "Find",
        "look for words in the whole conversation",
        lambda chat, words: chat.finder.open(words),
        "[WORDS]",
        leads_away=True,
    ),
    Action(
        "earlier",
        "Search earlier prompts",
        "look for words in what you said; what is found can be edited and sent again",
        lambda chat, words: chat.earlier.open(words),
        "[WORDS]",
        leads_away=True,
    ),
    Action(
        "editor", "Write in your editor", "write the draft in $VISUAL or $EDITOR", lambda chat, _: chat.write_outside()
    ),
    Action(
        "write-out",
        "Write out a paste",
        "the text of the chip before the cursor",
        lambda chat, _: chat.write_out(),
        keys=("composer.write_out",),
    ),
    Action(
        "back-out",
        "Back out",
        "copy what is selected; else clear the draft, stop, quit",
        lambda chat, _: chat.back_out(),
        keys=("app.back_out",),
    ),
    Action(
        "theme",
        "Theme",
        "choose the colours",
        lambda chat, name: chat.choose_theme(name),
        "[NAME]",
        leads_away=True,
    ),
    Action("help", "Help", "the modes, the keys and these commands", lambda chat, _: chat.show_help(), leads_away=True),
    Action("paths", "Paths", "the files that are used", lambda chat, _: chat.inquire("paths")),
    Action("config", "Settings", "every setting, and where it comes from", lambda chat, _: chat.inquire("config")),
    Action("quit", "Quit", "leave; what is pending is kept", lambda chat, _: chat.quit()),
)
