"""What a value of the settings has to be like, whichever source it comes from; ValueError says what is wrong."""

from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from interruptible_tui.text import storable

OPENAI_HOST = "api.openai.com"


class Api(StrEnum):
    """A wire format of the OpenAI API."""

    AUTO = "auto"
    RESPONSES = "responses"
    CHAT = "chat"


def wire(api: Api, base_url: str | None) -> Api:
    """RESPONSES or CHAT."""
    if api is not Api.AUTO:
        return api
    host = urlsplit(base_url).hostname if base_url else OPENAI_HOST
    return Api.RESPONSES if f".{host}".endswith(f".{OPENAI_HOST}") else Api.CHAT


def lower(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


def number(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("should be a number")  # noqa: TRY004 - the error that pydantic collects
    return value


def text(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("should be valid UTF-8") from None
    return storable(text)


def name(words: str) -> str:
    if not words.strip():
        raise ValueError("should not be empty")
    return text(words)


def url(text: str) -> str:
    """`text` without a trailing slash; complaints do not repeat it, because it may hold a password."""
    try:
        url = urlsplit(text)
        reachable = url.scheme in {"http", "https"} and url.hostname and url.port != 0
    except ValueError:
        reachable = False
    if not reachable or not text.isprintable() or " " in text:
        raise ValueError("should be like https://host/v1")
    if "@" in url.netloc:
        raise ValueError("should not contain a password: the key belongs in an environment variable")
    return text.rstrip("/")


def key(key: SecretStr) -> SecretStr | None:
    text = key.get_secret_value().strip()
    if not (text.isascii() and text.isprintable()):
        raise ValueError("should be printable ASCII, as HTTP headers are")
    return SecretStr(text) if text else None
