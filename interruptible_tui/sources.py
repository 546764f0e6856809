"""Where settings come from besides flags: the environment and the config file; and where their paths begin.

- A relative path begins at the current directory in a flag, and at the config file in the config file. In the
  environment it is refused: a hostile current directory must not decide what is read.
- Keys of the config file are the options' names with underscores, and tables: see `endpoints`. A key that opens a
  server is in the environment only.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from interruptible_tui.arguments import UsageError
from interruptible_tui.conversation import Mode
from interruptible_tui.endpoints import endpoints, prompts

VARIABLES = {
    "mode": ("INTERRUPTIBLE_CHAT_MODE", "MODE"),
    "on_interrupt": ("INTERRUPTIBLE_CHAT_ON_INTERRUPT",),
    "incorporate_at": ("INTERRUPTIBLE_CHAT_INCORPORATE_AT",),
    "session": ("INTERRUPTIBLE_CHAT_SESSION",),
    "endpoint": ("INTERRUPTIBLE_CHAT_ENDPOINT",),
    "model": ("INTERRUPTIBLE_CHAT_MODEL",),
    "base_url": ("OPENAI_BASE_URL",),
    "api_key": ("OPENAI_API_KEY",),
    "api": ("INTERRUPTIBLE_CHAT_API",),
    "tools": ("INTERRUPTIBLE_CHAT_TOOLS",),
    "max_turns": ("INTERRUPTIBLE_CHAT_MAX_TURNS",),
    "system": ("INTERRUPTIBLE_CHAT_SYSTEM",),
    "escape_delay": ("INTERRUPTIBLE_CHAT_ESCAPE_DELAY",),
    "data_dir": ("INTERRUPTIBLE_CHAT_DATA_DIR",),
    "config": ("INTERRUPTIBLE_CHAT_CONFIG",),
}
"""The environment variables of each field, the stronger first."""

FILE_KEYS = (
    "mode",
    "on_interrupt",
    "incorporate_at",
    "session",
    "endpoint",
    "model",
    "base_url",
    "api",
    "demo_speed",
    "tools",
    "max_turns",
    "system",
    "escape_delay",
    "data_dir",
    "theme",
    "keys",
)
TABLES = ("endpoints", "prompts")


def flags(options: Mapping[str, Any]) -> dict[str, Any]:
    """What the command line says, by field."""
    return _anchored(options, Path(), flag)


def flag(field: str) -> str:
    return f"--{field.replace('_', '-')}"


def environment(variables: Mapping[str, str]) -> dict[str, Any]:
    """What the environment says, by field."""
    values: dict[str, Any] = {field: variables[name] for field in VARIABLES if (name := variable(field, variables))}
    if "tools" in values:
        values["tools"] = [tool for tool in values["tools"].split(os.pathsep) if tool]
    return _anchored(values, None, lambda field: variable(field, variables) or field)


def variable(field: str, variables: Mapping[str, str]) -> str | None:
    """The name of the variable that sets `field`. `MODE` may be another program's: then its word is foreign."""
    for name in VARIABLES.get(field, ()):
        if variables.get(name) and (name != "MODE" or variables[name].strip().lower() in set(Mode)):
            return name
    return None


def config_file(path: Path, variables: Mapping[str, str], *, required: bool) -> dict[str, Any]:
    """What the config file says, by field; nothing if it is not `required` and not there.

    The keys of its endpoints are in `variables`.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        if required:
            raise UsageError(f"there is no config file {path}") from None
        return {}
    except OSError as error:
        raise UsageError(f"cannot read config file {path}: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(f"config file {path} is not valid TOML: {error}") from None
    import tomllib  # where there is something to read

    try:
        values = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"config file {path} is not valid TOML: {error}") from None
    _check_keys(values, path)
    if "endpoints" in values:
        values["endpoints"] = endpoints(values["endpoints"], path, variables)
    if "prompts" in values:
        values["prompts"] = prompts(values["prompts"], path)
    return _anchored(values, path.parent, lambda field: f"{field} in {path}")


def _check_keys(values: Mapping[str, Any], path: Path) -> None:
    _refuse_secrets(values, "", path)
    for key in values:
        if key not in FILE_KEYS and key not in TABLES:
            known = ", ".join([*FILE_KEYS, *TABLES])
            raise UsageError(f"unknown key {key!r} in config file {path}: the keys are {known}")


def _refuse_secrets(values: Mapping[str, Any], at: str, path: Path) -> None:
    for key, value in values.items():
        if "api_key" in key.lower().replace("-", "_") and key != "api_key_env":
            where = f"name in api_key_env the variable that holds it{'' if at else ', or set OPENAI_API_KEY'}"
            raise UsageError(f"config file {path} holds a key ({at}{key}): remove it, and {where} instead")
        if isinstance(value, dict) and key != "prompts":
            _refuse_secrets(value, f"{at}{key}.", path)


def _anchored(values: Mapping[str, Any], base: Path | None, called: Callable[[str], str]) -> dict[str, Any]:
    """`values` with absolute paths, relative ones beginning at `base`, and with the text of the file in `system`.

    `called` is how people know a field. Values of a wrong type are left as they are, for the validation.
    """
    anchored = dict(values)
    for field, value in values.items():
        try:
            anchored[field] = _with_paths(field, value, base)
        except OSError as error:
            raise UsageError(f"{called(field)}: cannot read {error.filename}: {error.strerror}") from None
        except (RuntimeError, ValueError) as error:
            raise UsageError(f"{called(field)}: {error}") from None
    return anchored


def by_dotted_names(table: Any, before: str = "") -> dict[str, Any]:
    """A table with its tables unfolded: `chat.stop = "f9"` is `"chat.stop" = "f9"`. What is no table has no name."""
    if not isinstance(table, Mapping):
        return {"": table}
    flat: dict[str, Any] = {}
    for name, value in table.items():
        flat |= by_dotted_names(value, f"{before}{name}.") if isinstance(value, Mapping) else {f"{before}{name}": value}
    return flat


def _with_paths(field: str, value: Any, base: Path | None) -> Any:
    match field, value:
        case (("data_dir" | "config"), str()):
            return _absolute(value, base)
        case "tools", list():
            return [_tool(tool, base) if isinstance(tool, str) else tool for tool in value]
        case "tools", str():
            return [_tool(value, base)]
        case "system", str() if value.startswith("@"):
            return _absolute(value[1:], base).read_text(encoding="utf-8")
        case "prompts", dict():
            return {name: f"@{_absolute(text[1:], base)}" if text[:1] == "@" else text for name, text in value.items()}
    return value


def _tool(tool: str, base: Path | None) -> str:
    """A file is told from a module's name by a slash or by `.py` at its end."""
    return str(_absolute(tool, base)) if os.sep in tool or tool.endswith(".py") else tool


def _absolute(text: str, base: Path | None) -> Path:
    if not text or "\0" in text:
        raise ValueError("should be a path")
    path = Path(text).expanduser()
    if base is None and not path.is_absolute():
        raise ValueError(f"should be an absolute path, not {text!r}: the environment holds in every directory")
    return ((base or Path()) / path).absolute()
