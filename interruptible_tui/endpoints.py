"""Servers by name, as the config file describes them, and which one of them a start is about.

- A key stands in an environment variable that the endpoint names, and goes to that endpoint alone. OPENAI_API_KEY is
  for the server without a name: OpenAI's, or that of `--base-url` and `base_url`.
- `--base-url` beats the endpoint's, whose key then stays at home. Otherwise the strongest source that names an endpoint
  decides, and what weaker ones say of model, API and base URL does not concern it.
- Complaints name the file and the key of it, and never repeat a value, which may be a secret.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from interruptible_tui import parameters, values
from interruptible_tui.arguments import UsageError
from interruptible_tui.values import Api

KEYS = ("base_url", "api_key_env", "api", "model", "context_window", "parameters")
"""Of the table of an endpoint."""
OF_A_SERVER = ("base_url", "api", "model")
"""Settings that an endpoint has its own of."""
_WORD = re.compile(r"[\w.-]+")
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
"""Few keys are written in capitals."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server, and how it is talked to."""

    base_url: str | None = None
    """None: OpenAI's."""
    api_key: SecretStr | None = None
    api_key_env: str = ""
    """The variable that holds the key; empty where none is named."""
    api: Api = Api.AUTO
    model: str | None = None
    context_window: int | None = None
    """Tokens."""
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def wire(self) -> Api:
        """RESPONSES or CHAT."""
        return values.wire(self.api, self.base_url)


def endpoints(tables: object, path: Path, variables: Mapping[str, str]) -> dict[str, Endpoint]:
    """What `[endpoints.NAME]` of the config file at `path` say. UsageError."""
    return {
        name: _endpoint(f"endpoints.{name}", _table(table, f"endpoints.{name}", path), path, variables)
        for name, table in _named(tables, "endpoints", path).items()
    }


def prompts(texts: object, path: Path) -> dict[str, str]:
    """What `[prompts]` says: system prompts, or where they stand. UsageError."""
    named = _named(texts, "prompts", path)
    for name, text in named.items():
        _checked(f"prompts.{name}", text, _text, path)
    return named


def choose(
    flags: Mapping[str, Any], variables: Mapping[str, Any], file: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """What is left of the environment and the config file, by field, and behind them what the endpoint says.

    UsageError where it is not configured.
    """
    variables, file = dict(variables), dict(file)
    if "endpoint" not in flags and "base_url" in flags:
        variables.pop("endpoint", None)
    if "endpoint" not in flags and "endpoint" not in variables and ("base_url" in flags or "base_url" in variables):
        file.pop("endpoint", None)
    name = flags.get("endpoint") or variables.get("endpoint") or file.get("endpoint")
    if name is None:
        return variables, file, {}
    endpoint = _found(name, file.get("endpoints", {}))
    for field_ in OF_A_SERVER:
        file.pop(field_, None)
        if "endpoint" in flags or field_ == "base_url":
            variables.pop(field_, None)
    if "base_url" not in flags:
        variables.pop("api_key", None)
    said = {"base_url": endpoint.base_url, "api_key": endpoint.api_key, "api": endpoint.api, "model": endpoint.model}
    if "base_url" in flags:
        del said["api_key"]
    return variables, file, {field_: value for field_, value in said.items() if value is not None}


def _found(name: object, configured: Mapping[str, Endpoint]) -> Endpoint:
    if isinstance(name, str) and name in configured:
        return configured[name]
    known = f"there are {', '.join(configured)}" if configured else "the config file has no [endpoints.NAME]"
    raise UsageError(f"there is no endpoint {name!r}: {known}")


def _endpoint(at: str, table: Mapping[str, Any], path: Path, variables: Mapping[str, str]) -> Endpoint:
    for key in table:
        if key not in KEYS:
            raise UsageError(f"unknown key {at}.{key} in config file {path}: the keys are {', '.join(KEYS)}")
    if "base_url" not in table:
        raise UsageError(f"{at} in {path} needs a base_url, such as http://localhost:11434/v1")
    said = {key: _checked(f"{at}.{key}", value, _CHECKS[key], path) for key, value in table.items()}
    variable = said.get("api_key_env", "")
    return Endpoint(**said, api_key=_key(variable, variables.get(variable, "")))


def _key(variable: str, text: str) -> SecretStr | None:
    try:
        return values.key(SecretStr(text))
    except ValueError as error:
        raise UsageError(f"{variable} {error}") from None


def _checked(at: str, value: Any, check: Callable[[Any], Any], path: Path) -> Any:
    try:
        return check(value)
    except ValueError as error:
        raise UsageError(f"{at} in {path} {error}") from None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("should be a text")  # noqa: TRY004 - as all that is wrong with a value
    return value


def _variable(value: Any) -> str:
    if not _VARIABLE.fullmatch(_text(value)):
        raise ValueError("should be the name of an environment variable, such as OLLAMA_API_KEY, and never a key")
    return str(value)


def _api(value: Any) -> Api:
    try:
        return Api(_text(value))
    except ValueError:
        raise ValueError("should be 'auto', 'responses' or 'chat'") from None


def _tokens(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError("should be a number of tokens")
    return value


def _parameters(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("should be a table")  # noqa: TRY004 - as above
    for name, each in value.items():
        try:
            parameters.check(name, each)
        except ValueError as error:
            raise ValueError(f"has {name}, which {error}") from None
    return value


_CHECKS: Mapping[str, Callable[[Any], Any]] = {
    "base_url": lambda value: values.url(_text(value)),
    "api_key_env": _variable,
    "api": _api,
    "model": lambda value: values.name(_text(value)),
    "context_window": _tokens,
    "parameters": _parameters,
}


def _named(tables: object, at: str, path: Path) -> dict[str, Any]:
    named = _table(tables, at, path)
    for name in named:
        if not _WORD.fullmatch(name) or name == "default":
            raise UsageError(f"{at} in {path} has the name {name!r}, which should be one word, and not default")
    return named


def _table(value: object, at: str, path: Path) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UsageError(f"{at} in {path} should be a table")
    return value
