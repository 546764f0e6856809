"""A function's name, docstring and annotations are what the model is told."""

from pathlib import Path
from typing import Any

import pytest

from tests.tools.driver import tools_in

NOTHING: dict[str, Any] = {"type": "object", "properties": {}, "additionalProperties": False}


async def test_name_docstring_and_annotations_become_the_spec(tmp_path: Path) -> None:
    code = '''
    from typing import Annotated
    from pydantic import Field

    def weather(city: Annotated[str, Field(description="Where.")], days: int = 1) -> str:
        """The weather.

        In words.
        """
        return "fine"
    '''
    async with tools_in(tmp_path, code) as tools:
        spec = tools["weather"].spec
    assert spec.name == "weather"
    assert spec.description == "The weather.\n\nIn words."
    assert spec.parameters == {
        "type": "object",
        "properties": {
            "city": {"type": "string", "description": "Where."},
            "days": {"type": "integer", "default": 1},
        },
        "required": ["city"],
        "additionalProperties": False,
    }


@pytest.mark.parametrize(
    ("annotation", "schema"),
    [
        ("", {}),
        (": str", {"type": "string"}),
        (": int | None", {"anyOf": [{"type": "integer"}, {"type": "null"}]}),
        (": list[float]", {"type": "array", "items": {"type": "number"}}),
        (": dict[str, bool]", {"type": "object", "additionalProperties": {"type": "boolean"}}),
        (": Literal['a', 'b']", {"type": "string", "enum": ["a", "b"]}),
        (": 'Optional[bytes]'", {"anyOf": [{"type": "string", "format": "binary"}, {"type": "null"}]}),
        (": datetime.date", {"type": "string", "format": "date"}),
        (": Annotated[int, Field(ge=1, le=9)]", {"type": "integer", "minimum": 1, "maximum": 9}),
        (": pathlib.Path", {"type": "string", "format": "path"}),
    ],
)
async def test_each_annotation_has_its_schema(tmp_path: Path, annotation: str, schema: dict[str, Any]) -> None:
    code = f"""
    import datetime
    import pathlib
    from typing import Annotated, Literal, Optional
    from pydantic import Field

    def tool(value{annotation}): pass
    """
    async with tools_in(tmp_path, code) as tools:
        parameters = tools["tool"].spec.parameters
    assert parameters == NOTHING | {"properties": {"value": schema}, "required": ["value"]}


async def test_postponed_annotations_and_the_files_own_types_are_understood(tmp_path: Path) -> None:
    code = """
    from __future__ import annotations
    from dataclasses import dataclass
    from enum import Enum

    class Size(Enum):
        SMALL = "small"

    @dataclass
    class Dish:
        name: str
        size: Size = Size.SMALL

    def cook(dish: Dish) -> str:
        return f"{type(dish).__name__} {dish.name} {dish.size.name}"
    """
    async with tools_in(tmp_path, code) as tools:
        assert set(tools["cook"].spec.parameters["$defs"]) == {"Size", "Dish"}
        result = await tools["cook"].call({"dish": {"name": "burger", "size": "small"}}, print)
    assert result.text == "Dish burger SMALL"


async def test_only_public_functions_defined_in_the_file_are_tools(tmp_path: Path) -> None:
    code = """
    import functools
    from json import dumps

    def _traced(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            return function(*args, **kwargs)
        return wrapper

    class Dish: pass
    number = 3
    async def soon(): pass
    @_traced
    def traced(x: int): pass
    """
    async with tools_in(tmp_path, code) as tools:
        assert list(tools) == ["soon", "traced"]
        assert tools["traced"].spec.parameters["properties"] == {"x": {"type": "integer"}}


async def test_free_options_are_told_as_such(tmp_path: Path) -> None:
    code = """
    def tool(*, name: str = "x", **options: int): return [name, options]
    """
    async with tools_in(tmp_path, code) as tools:
        assert tools["tool"].spec.parameters["additionalProperties"] == {"type": "integer"}
        assert (await tools["tool"].call({"a": 1}, print)).text == '["x",{"a":1}]'
