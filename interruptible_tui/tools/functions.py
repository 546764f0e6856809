"""From a tool file to its functions, and from a function to what the model is told about it.

- A source with a slash in it, or that ends in `.py`, is a file; anything else is the name of a module.
- Tools are the public functions that are defined in it: no leading underscore, not imported.
- The docstring is the description. The annotations are the schema of the arguments, and validate them; a parameter
  without one takes anything. `Annotated[..., pydantic.Field(description=...)]` describes a parameter.
- `interruptible_tui.tool` sets options; what its `compensate` names is described in `compensation`.
- Every parameter must have a name to be passed by: neither `*args` nor positional-only ones. `**options` may be.

This runs in the template, because importing a tool file means running it.
"""

import functools
import importlib
import importlib.machinery
import importlib.util
import inspect
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from msgspec import Struct
from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from interruptible_tui import OPTIONS
from interruptible_tui.conversation import ToolSpec
from interruptible_tui.tools import ToolsError
from interruptible_tui.tools.compensation import check as check_compensation

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
"""OpenAI API reference, `tools.function.name`."""
_NAMELESS = {inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.VAR_POSITIONAL}


class ToolFunction(Struct, frozen=True):
    name: str
    function: Callable[..., Any]
    arguments: TypeAdapter[dict[str, Any]]
    """Validates a JSON object into the keyword arguments of `function`."""
    compensation: Callable[..., Any] | None
    spec: ToolSpec
    file: str
    line: int

    @property
    def place(self) -> str:
        return f"{self.file}, line {self.line}"


def load(sources: Iterable[str], loading: Callable[[str], None]) -> dict[str, ToolFunction]:
    """The tools of `sources`, by name. Each source is told to `loading` before it is imported. Raises ToolsError."""
    tools: dict[str, ToolFunction] = {}
    for source in sources:
        loading(source)
        for tool in _defined_in(source):
            other = tools.setdefault(tool.name, tool)
            if other is not tool:
                raise ToolsError(f"two tools are named {tool.name}: {other.place} and {tool.place}; rename one")
    return tools


def _defined_in(source: str) -> list[ToolFunction]:
    module = _import(source)
    tools = [_tool(name, function) for name, function in _public_functions(module)]
    if not tools:
        raise ToolsError(
            f"{source} has no tools: a tool is a function defined in it, with a name that does not begin with _"
        )
    return tools


def _public_functions(module: ModuleType) -> Iterator[tuple[str, FunctionType]]:
    for name, value in vars(module).items():
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_"):
            yield name, value


# -- a source is imported ---------------------------------------------------------------------------------------------


def _import(source: str) -> ModuleType:
    is_file = "/" in source or source.endswith(".py")
    try:
        return _import_file(source) if is_file else importlib.import_module(source)
    except ToolsError:
        raise
    except BaseException as error:
        raise ToolsError(_why_not(source, error)) from error


def _import_file(source: str) -> ModuleType:
    """Import a file under its path as its name, so that it hides no module, whatever it is called."""
    path = Path(source).expanduser().resolve()
    if not path.is_file():
        raise ToolsError(f"there is no tool file {path}")
    loader = importlib.machinery.SourceFileLoader(str(path), str(path))
    spec = importlib.machinery.ModuleSpec(loader.name, loader, origin=loader.path)
    spec.has_location = True
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module
    loader.exec_module(module)
    return module


def _why_not(source: str, error: BaseException) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name and f"{source}.".startswith(f"{error.name}."):
        return f"there is no module {source} (the current directory is not searched; a file is given as ./{source}.py)"
    reason = " ".join(f"{type(error).__name__}: {error}".split())
    return f"importing the tools in {source} failed: {reason} ({_culprit(error)}); mend it or leave it out"


def _culprit(error: BaseException) -> str:
    """The file and line of the source that `error` comes from."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}, line {error.lineno}"
    machinery = {__file__, importlib.__file__}
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename not in machinery and not frame.filename.startswith("<frozen ")
    ]
    own = [frame for frame in frames if frame.filename == frames[0].filename]
    return f"{own[-1].filename}, line {own[-1].lineno}" if own else "no line of it ran"


# -- a function becomes a tool ----------------------------------------------------------------------------------------


def _tool(name: str, function: FunctionType) -> ToolFunction:
    code = inspect.unwrap(function).__code__
    options = getattr(function, OPTIONS, {})
    compensation = options.get("compensate")
    try:
        _check(name, function)
        if compensation is not None:
            check_compensation(compensation, function)
        arguments = _arguments(function)
        schema = arguments.json_schema(schema_generator=_Untitled)
    except Exception as error:  # annotations are the user's code, and may raise anything
        reason = " ".join(str(error).split())
        place = f"{code.co_filename}, line {code.co_firstlineno}"
        raise ToolsError(f"the function {name} cannot be a tool: {reason} ({place})") from error
    idempotent, compensated = options.get("idempotent", False), compensation is not None
    spec = ToolSpec(name, inspect.getdoc(function) or "", schema, idempotent, compensated)
    return ToolFunction(name, function, arguments, compensation, spec, code.co_filename, code.co_firstlineno)


def _check(name: str, function: FunctionType) -> None:
    if not _NAME.fullmatch(name):
        raise ToolsError("a tool's name is made of at most 64 of a-z, A-Z, 0-9, _ and -; rename it")
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise ToolsError("it yields; let it return its result, and print its progress")
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind in _NAMELESS:
            raise ToolsError(f"its parameter {parameter} cannot be passed by name; give it a name, or make it a list")


def _arguments(function: FunctionType) -> TypeAdapter[dict[str, Any]]:
    """What validates the arguments of `function`: that of a function with the same signature that returns them."""
    returning: Any = functools.wraps(function)(lambda **named: named)
    return TypeAdapter(returning)


class _Untitled(GenerateJsonSchema):
    """Without a title for each parameter: it only repeats the name, and the model pays for it in tokens."""

    def field_title_should_be_set(self, _schema: Any) -> bool:
        return False
