"""What a session asks models with: its endpoint, model, system prompt and parameters, said and switched.

A switch is stored before it is told, and holds from the next run on: one that is active goes on as it began. Switching
the endpoint brings the model and the parameters of that.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

from msgspec.structs import replace

from interruptible_tui import parameters
from interruptible_tui.host import Refused
from interruptible_tui.store import StoreError
from interruptible_tui.text import clean_line, storable
from interruptible_tui.tools import ToolsError
from interruptible_tui.tui.operands import Complaint

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from interruptible_tui.agent import Agent
    from interruptible_tui.host import Host
    from interruptible_tui.providers.models import Model
    from interruptible_tui.store import Session
    from interruptible_tui.tools import Toolbox
    from interruptible_tui.tui.background import Background
    from interruptible_tui.tui.model_picker import ModelPicker

DEFAULT = "default"
"""Names what the settings say, in place of what the session has chosen."""
_WIDTH = 60
"""Characters of a system prompt that are shown."""


class Workshop(Protocol):
    """Knows what there is to choose from; its methods are those of `interruptible_tui.workshop`."""

    @property
    def endpoints(self) -> Sequence[str]: ...
    @property
    def prompts(self) -> Sequence[str]: ...
    async def tools(self) -> Toolbox: ...
    def agent(self, session: Session, tools: Toolbox) -> Agent: ...
    def fallback(self, session: Session) -> str: ...
    def current(self, session: Session) -> Session: ...
    def at(self, session: Session, endpoint: str) -> Session: ...
    def is_demo(self, session: Session) -> bool: ...
    def model(self, session: Session) -> str: ...
    def system(self, session: Session) -> str: ...
    def prompt(self, name: str) -> str: ...
    def parameters(self, session: Session) -> dict[str, Any]: ...
    def missing_key(self, session: Session) -> str: ...
    def window(self, session: Session) -> int | None: ...
    async def models(self, session: Session) -> list[Model]: ...


class Outfit:
    def __init__(
        self,
        workshop: Workshop | None,
        background: Background,
        host: Callable[[], Host | None],
        tell: Callable[[str], None],
        deny: Callable[[Exception], None],
    ) -> None:
        """`tell` is told what was switched, `deny` why something was not."""
        self._workshop = workshop
        self._background = background
        self._host = host
        self._tell = tell
        self._deny = deny

    @property
    def window(self) -> int | None:
        """Tokens that the session's model takes in, where that is known."""
        host = self._host()
        return self._workshop.window(host.session) if host and self._workshop else None

    @property
    def fallback(self) -> str:
        """What is to be said of an endpoint that is configured no more; empty if nothing."""
        host = self._host()
        return self._workshop.fallback(host.session) if host and self._workshop else ""

    # -- what can be asked for. Without words it is said what is so, which changes nothing

    def model(self, name: str) -> None:
        workshop, session = self._known()
        if workshop.is_demo(session):
            raise Complaint("the demo has no other model: /endpoint NAME goes to a server")
        if not name:
            now = clean_line(workshop.current(session).model)
            raise Complaint(f"the model is {now}: /model NAME switches it, /models lists those of the server")
        self._to_model(workshop, storable(name))

    def endpoint(self, name: str) -> None:
        workshop, session = self._known()
        known = [*workshop.endpoints, DEFAULT]
        if not workshop.endpoints:
            raise Complaint("there is no endpoint to choose: the config file describes them, see [endpoints.NAME]")
        if name not in known:
            said = f"there is no endpoint {clean_line(name)}" if name else f"the endpoint is {self._at(session)}"
            raise Complaint(f"{said}: choose {', '.join(known)}")
        self._switch(lambda session: workshop.at(session, "" if name == DEFAULT else name), self._place)

    def system(self, words: str) -> None:
        workshop, session = self._known()
        name = words.strip()
        if not name:
            raise Complaint(f"{self._prompts()}, or write one; now it is {self._prompt(session)}")
        text = None if name == DEFAULT else words
        if name in workshop.prompts:
            try:
                text = workshop.prompt(name)
            except (OSError, ValueError) as error:
                raise Complaint(f"the system prompt {name} cannot be read: {clean_line(str(error))}") from None
        text = text and storable(text)
        self._switch(
            lambda session: replace(session, system=text),
            lambda session: f"the system prompt is {self._prompt(session)}",
        )

    def parameter(self, words: str) -> None:
        """`[NAME [VALUE]]`, the value in JSON or as it is written; `null` sends none."""
        workshop, session = self._known()
        if workshop.is_demo(session):
            raise Complaint("the demo takes no parameters: /endpoint NAME goes to a server")
        name, text = [*words.split(maxsplit=1), "", ""][:2]
        if not text:
            now = workshop.parameters(session)
            said = _written({each: value for each, value in now.items() if name in {"", each}})
            said = said or (f"{clean_line(name)} is not sent" if name else "no parameter is sent")
            raise Complaint(f"{said}: /parameter NAME VALUE sends one, with {DEFAULT} as the endpoint has it")
        try:
            parameters.check(name, _value(text))
        except ValueError as error:
            raise Complaint(f"{clean_line(name)} {error}") from None
        self._switch(
            lambda session: _with(workshop.current(session), name, text),
            lambda session: _written(workshop.parameters(session)) or "no parameters are sent",
        )

    def pick(self, show: Callable[[ModelPicker, Callable[[str | None], None]], object]) -> None:
        """Let one of the server's models be picked; `show` puts the list up. The server is asked now."""
        from interruptible_tui.tui.model_picker import ModelPicker

        workshop, session = self._known()
        if workshop.is_demo(session):
            raise Complaint("the demo has no other model: /endpoint NAME goes to a server")
        picker = ModelPicker(workshop.current(session).model)
        asking = self._background.begin(self._ask(picker, workshop, session))

        def picked(name: str | None) -> None:
            asking.cancel()
            if name:
                self._to_model(workshop, name)

        show(picker, picked)

    async def _ask(self, picker: ModelPicker, workshop: Workshop, session: Session) -> None:
        from interruptible_tui.providers import ProviderError  # the first frame needs none

        try:
            picker.offer(await workshop.models(session))
        except ProviderError as error:
            picker.fail(str(error))

    # -- switching

    def _to_model(self, workshop: Workshop, name: str) -> None:
        self._switch(
            lambda session: replace(workshop.current(session), model=name),
            lambda session: f"the model is {clean_line(workshop.model(session))}",
        )

    def _switch(self, choose: Callable[[Session], Session], said: Callable[[Session], str]) -> None:
        """Make of the session what `choose` makes of it; `said` tells people what it has then."""
        self._background.begin(self._carry_out(choose, said))

    async def _carry_out(self, choose: Callable[[Session], Session], said: Callable[[Session], str]) -> None:
        workshop, host = self._workshop, self._host()
        if not workshop or not host:
            return
        try:
            tools = await workshop.tools()

            def change(session: Session) -> tuple[Session, Agent]:
                session = choose(session)
                return session, workshop.agent(session, tools)

            await host.equip(change)
        except (Refused, StoreError, ToolsError) as error:
            self._deny(error)
        else:
            active = host.state.run
            meanwhile = f" Run {active.number} goes on as it began." if active else ""
            self._tell(f"From the next run on, {said(host.session)}.{meanwhile}")

    def _known(self) -> tuple[Workshop, Session]:
        host = self._host()
        if not host or not self._workshop:
            raise Complaint("the session is still being opened")
        if host.read_only:
            raise Complaint(f"nothing can be switched here: {host.read_only}")
        return self._workshop, host.session

    # -- how it is said

    def _at(self, session: Session) -> str:
        workshop, _ = self._known()
        return clean_line(workshop.current(session).endpoint) or ("the demo" if workshop.is_demo(session) else DEFAULT)

    def _place(self, session: Session) -> str:
        workshop, _ = self._known()
        said = f"the endpoint is {self._at(session)}, the model {clean_line(workshop.model(session))}"
        variable = workshop.missing_key(session)
        return f"{said}; {variable} is not set, so no key is sent" if variable else said

    def _prompt(self, session: Session) -> str:
        """Its beginning, in quotes."""
        workshop, _ = self._known()
        text = clean_line(workshop.system(session).strip())
        return f'"{text[:_WIDTH]}…"' if len(text) > _WIDTH else f'"{text}"' if text else "empty"

    def _prompts(self) -> str:
        workshop, _ = self._known()
        return f"choose {', '.join([*workshop.prompts, DEFAULT])}"


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return storable(text)


def _with(session: Session, name: str, text: str) -> Session:
    """`session` with that parameter, or with the endpoint's own."""
    others = {each: value for each, value in session.parameters.items() if each != name}
    return replace(session, parameters=others if text == DEFAULT else {**others, name: _value(text)})


def _written(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{clean_line(name)} is {clean_line(json.dumps(value))}" for name, value in values.items())
