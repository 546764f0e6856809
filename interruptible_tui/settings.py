"""What the program is told at its start, as one validated value.

- Flags beat the environment, which beats the config file, which beats the defaults. (A session's own settings stand
  between flags and environment; which values came as flags is in `Settings.flags`.)
- Nothing is read from the current directory unless a flag names it; see `sources`.
- Whatever is wrong is a `UsageError` that names the flag, the variable, or the key of the config file.
"""

# ruff: noqa: ARG003 - the signature of `settings_customise_sources` is pydantic's

import os
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from platformdirs import user_config_dir, user_data_dir
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from interruptible_tui.arguments import PROGRAM, UsageError
from interruptible_tui.conversation import Mode
from interruptible_tui.sources import config_file, environment, flag, flags, variable
from interruptible_tui.text import storable

DEFAULT_MODEL = "gpt-5.4-mini"
DEFAULT_SYSTEM = "You are a helpful assistant in a terminal chat. Be brief. Heed what the user adds while you work."
OPENAI_HOST = "api.openai.com"


class Api(StrEnum):
    """A wire format of the OpenAI API."""

    AUTO = "auto"
    RESPONSES = "responses"
    CHAT = "chat"


def _lower(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


def _number(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("should be a number")  # noqa: TRY004 - the error that pydantic collects
    return value


def _text(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("should be valid UTF-8") from None
    return storable(text)


def _name(text: str) -> str:
    if not text.strip():
        raise ValueError("should not be empty")
    return _text(text)


def _url(text: str) -> str:
    """`text` without a trailing slash; complaints do not repeat it, because it may hold a password."""
    try:
        url = urlsplit(text)
        reachable = url.scheme in {"http", "https"} and url.hostname and url.port != 0
    except ValueError:
        reachable = False
    if not reachable or not text.isprintable() or " " in text:
        raise ValueError("should be like https://host/v1")
    if "@" in url.netloc:
        raise ValueError("should not contain a password: the key belongs in OPENAI_API_KEY")
    return text.rstrip("/")


def _key(key: SecretStr) -> SecretStr | None:
    text = key.get_secret_value().strip()
    if not (text.isascii() and text.isprintable()):
        raise ValueError("should be printable ASCII, as HTTP headers are")
    return SecretStr(text) if text else None


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

    mode: Annotated[Mode, BeforeValidator(_lower)] = Mode.INCORPORATE
    session: Annotated[str, AfterValidator(_name)] | None = None
    """None: the one last used."""
    model: Annotated[str, AfterValidator(_name)] = DEFAULT_MODEL
    base_url: Annotated[str, AfterValidator(_url)] | None = None
    """None: OpenAI's."""
    api_key: Annotated[SecretStr, AfterValidator(_key)] | None = None
    api: Api = Api.AUTO
    demo: bool = Field(default_factory=_is_offline)
    demo_speed: Annotated[float, BeforeValidator(_number), Field(gt=0, allow_inf_nan=False)] = 1.0
    """How many times faster than real time."""
    tools: tuple[str, ...] = ()
    """Absolute paths of Python files, and names of modules."""
    max_turns: Annotated[int, BeforeValidator(_number), Field(ge=1)] = 50
    system: Annotated[str, AfterValidator(_text)] = DEFAULT_SYSTEM
    """The text itself, also where a file was named. Empty: none."""
    data_dir: Path = Field(default_factory=_default_data_dir)
    config: Path = Field(default_factory=_default_config)
    flags: frozenset[str] = frozenset()
    """Names of the fields that were given as flags."""

    @property
    def wire(self) -> Api:
        """RESPONSES or CHAT."""
        if self.api is not Api.AUTO:
            return self.api
        host = urlsplit(self.base_url).hostname if self.base_url else OPENAI_HOST
        return Api.RESPONSES if f".{host}".endswith(f".{OPENAI_HOST}") else Api.CHAT

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
        variables = environment(os.environ)
        named = init_settings().get("config") or variables.get("config")
        keys = config_file(named or _default_config(), required=named is not None)
        return init_settings, InitSettingsSource(cls, variables), InitSettingsSource(cls, keys)


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
