"""What models a server has, as `GET /models` lists them.

How much a model takes in has many names, and most servers do not tell it at all: vLLM has `max_model_len`, OpenRouter
`context_length`, llama.cpp `meta.n_ctx_train`, others `context_window` or `max_context_length`.
"""

import json

from msgspec import Struct

from interruptible_tui.providers import ProviderError
from interruptible_tui.providers.dialect import mapping, mappings, number, string
from interruptible_tui.text import storable

_WINDOWS = ("max_model_len", "loaded_context_length", "context_window", "context_length", "max_context_length")
_LONGEST_NAME = 300
"""Characters."""


class Model(Struct, frozen=True):
    name: str
    window: int | None
    """Tokens that it takes in; None where the server does not say."""


def listed(content: bytes) -> list[Model]:
    """The models of an answer, in its order, each once. ProviderError where it is no list of models."""
    try:
        entries = json.loads(content)
    except (ValueError, RecursionError):
        entries = None
    found = mapping(entries).get("data") if isinstance(entries, dict) else entries
    if not isinstance(found, list):
        raise ProviderError("the server answered with something else than a list of models, is the base URL right?")
    models = {string(entry.get("id")): _window(entry) for entry in mappings(found)}
    return [Model(storable(name), window) for name, window in models.items() if 0 < len(name) <= _LONGEST_NAME]


def _window(entry: dict[str, object]) -> int | None:
    meta = mapping(entry.get("meta"))
    told = [*(entry.get(name) for name in _WINDOWS), meta.get("n_ctx"), meta.get("n_ctx_train")]
    return next(filter(None, map(_tokens, told)), None)


def _tokens(value: object) -> int:
    return 0 if isinstance(value, bool) else number(value)
