"""What the program is told at its start, as one validated value.

- Flags beat the environment, which beats the config file, which beats the defaults. (A session's own settings stand
  between flags and environment; which values came as flags is in `Settings.flags`.)
- Nothing is read from the current directory unless a flag names it; see `sources`.
- Whatever is wrong is a `UsageError` that names the flag, the variable, or the key of the config file.
"""

# ruff: noqa: ARG003 - the signature of `settings_customise_sources` is pydantic's

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

from platformdirs import user_config_dir, user_data_dir
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from interruptible_tui import values
from interruptible_tui.arguments import PROGRAM, UsageError
from interruptible_tui.conversation import IncorporateAt, Mode, OnInterrupt
from interruptible_tui.endpoints import Endpoint, choose
from interruptible_tui.sources import by_dotted_names, config_file, environment, flag, flags, variable
from interruptible_tui.values import Api

DEFAULT_MODEL = "gpt-5.4-mini"
DEFAULT_THEME = "dark"
DEFAULT_SYSTEM = "You are a helpful assistant in a terminal chat. Be brief. Heed what the user adds while you work."


def _is_offline(fields: dict[str, Any]) -> bool:
    return fields.get("api_key") is None and fields.get("base_url") is None


def _default_config() -> Path:
    return _in_home(user_config_dir) / "config.toml"


def _default_data_dir() -> Path:
    return _in_home(user_data_dir)


def _in_home(directory: Callable[[str], str]) -> Path:
    try:
        return Path(directory(PROGRAM))
    except RuntimeError as error:
        raise UsageError(str(error)) from None


class Settings(BaseSettings):
    """See the head of this module. Built by `load`."""

    model_config = SettingsConfigDict(case_sensitive=True, extra="forbid", frozen=True, hide_input_in_errors=True)

    mode: Annotated[Mode, BeforeValidator(values.lower)] = Mode.INCORPORATE
    on_interrupt: Annotated[OnInterrupt, BeforeValidator(values.lower)] = OnInterrupt.KEEP
    incorporate_at: Annotated[IncorporateAt, BeforeValidator(values.lower)] = IncorporateAt.BOUNDARY
    session: Annotated[str, AfterValidator(values.name)] | None = None
    """None: the one last used."""
    endpoint: Annotated[str, AfterValidator(values.name)] | None = None
    """Which of `endpoints` the four that follow are of, as far as no stronger source says otherwise; None: of none."""
    model: Annotated[str, AfterValidator(values.name)] = DEFAULT_MODEL
    base_url: Annotated[str, AfterValidator(values.url)] | None = None
    """None: OpenAI's."""
    api_key: Annotated[SecretStr, AfterValidator(values.key)] | None = None
    api: Api = Api.AUTO
    endpoints: dict[str, Endpoint] = Field(default_factory=dict)
    demo: bool = Field(default_factory=_is_offline)
    demo_speed: Annotated[float, BeforeValidator(values.number), Field(gt=0, allow_inf_nan=False)] = 1.0
    """How many times faster than real time."""
    tools: tuple[str, ...] = ()
    """Absolute paths of Python files, and names of modules."""
    max_turns: Annotated[int, BeforeValidator(values.number), Field(ge=1)] = 50
    system: Annotated[str, AfterValidator(values.text)] = DEFAULT_SYSTEM
    """The text itself, also where a file was named. Empty: none."""
    prompts: dict[str, str] = Field(default_factory=dict)
    """Other system prompts by name; behind an `@`, the absolute path of the file that holds it."""
    escape_delay: Annotated[int, BeforeValidator(values.number), Field(ge=1, le=5_000)] = 15
    """Milliseconds in which the rest of a key must have come, or an ESC is the Escape key."""
    theme: Annotated[str, BeforeValidator(str)] = DEFAULT_THEME
    """Name of a theme; whether there is such a one is known where there is a screen."""
    keys: Annotated[Mapping[str, Any], BeforeValidator(by_dotted_names)] = Field(default_factory=dict)
    """Of the chat, by what they do; they are checked where they are known."""
    data_dir: Path = Field(default_factory=_default_data_dir)
    config: Path = Field(default_factory=_default_config)
    flags: frozenset[str] = frozenset()
    """Names of the fields that were given as flags."""

    @property
    def wire(self) -> Api:
        """RESPONSES or CHAT."""
        return values.wire(self.api, self.base_url)

    @property
    def key_variable(self) -> str:
        """The variable that holds, or would hold, `api_key`; empty where the endpoint names none."""
        if self.endpoint is None or "base_url" in self.flags:
            return "OPENAI_API_KEY"
        return self.endpoints[self.endpoint].api_key_env

    @property
    def server(self) -> Endpoint:
        """What a session is served by that has not chosen another endpoint."""
        described = self.endpoints.get(self.endpoint or "") or Endpoint()
        return Endpoint(
            base_url=self.base_url,
            api_key=self.api_key,
            api_key_env=self.key_variable,
            api=self.api,
            model=self.model,
            context_window=described.context_window,
            parameters=described.parameters,
        )

    @property
    def secrets(self) -> list[str]:
        """All keys, of whichever endpoint."""
        keys = [self.api_key, *(endpoint.api_key for endpoint in self.endpoints.values())]
        return [key.get_secret_value() for key in keys if key]

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags, environment, config file; no `.env`."""
        given, variables = init_settings(), environment(os.environ)
        named = given.get("config") or variables.get("config")
        keys = config_file(named or _default_config(), os.environ, required=named is not None)
        rest = choose(given, variables, keys)
        return init_settings, *(InitSettingsSource(cls, source) for source in rest)


def load(options: Mapping[str, Any]) -> Settings:
    """The settings of a program started with `options`, as `Arguments` has them. Raises UsageError."""
    given = flags(options)
    try:
        return Settings(**given, flags=frozenset(given))
    except ValidationError as error:
        raise UsageError(_explained(error, given)) from None


def _explained(error: ValidationError, given: Mapping[str, Any]) -> str:
    """The first complaint, beginning with the name of what has to be changed."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    field = str(first["loc"][0])
    name = flag(field) if field in given else variable(field, os.environ) or f"{field} in the config file"
    complaint = first["msg"].removeprefix("Value error, ").partition(", unable")[0]
    return f"{name} {complaint.replace('Input should', 'should', 1)}"
