"""The server of the model, and the key for it, which is never shown.

The server is asked for the list of its models. One that answers that it has none, as not all do, was reached.
"""

from http import HTTPStatus
from ipaddress import ip_address
from urllib.parse import urlsplit

from interruptible_tui.doctor.check import Trouble
from interruptible_tui.providers import ProviderError
from interruptible_tui.providers.failures import without_key
from interruptible_tui.providers.openai import OPENAI_URL, OpenAIProvider
from interruptible_tui.providers.wire import Api
from interruptible_tui.settings import Settings

_LIMIT = 5.0
"""Seconds for the server to answer."""
_WITHOUT_LIST = {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED}


async def ask(settings: Settings) -> ProviderError | None:
    """Why the server gave no list of its models; None where it did, or where there is none to be asked."""
    if settings.demo:
        return None
    provider = OpenAIProvider(
        Api(settings.wire), base_url=settings.base_url, api_key=settings.api_key, idle_timeout=_LIMIT
    )
    try:
        await provider.reach()
    except ProviderError as failure:
        return failure
    finally:
        await provider.close()
    return None


def endpoint(settings: Settings, answer: ProviderError | None) -> str:
    """Raises Trouble."""
    if settings.demo:
        return "none needed: the demo is built in"
    address = _address(settings)
    if answer is None:
        return f"{address} is reachable"
    if answer.status in _WITHOUT_LIST:
        return f"{address} is reachable, and lists no models ({answer})"
    if answer.status == HTTPStatus.UNAUTHORIZED:
        refused = "refuses the key" if settings.api_key else "wants a key"
        wanted = f"set {settings.key_variable} to one" if settings.key_variable else "name in api_key_env one"
        raise Trouble(f"{address} {refused} ({answer}); {wanted} that it accepts")
    raise Trouble(f"{address}: {answer}; check the network, and the base URL")


def key(settings: Settings, answer: ProviderError | None) -> str:
    """Raises Trouble where a server elsewhere wants one."""
    if settings.api_key:
        return "present; it is never shown"
    if settings.demo:
        return "none, and the demo needs none"
    if _is_local(settings):
        return "none, and a server on this machine mostly needs none"
    if answer is not None and answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        wanted = f"set {settings.key_variable}" if settings.key_variable else "name its variable in api_key_env"
        raise Trouble(f"none, and the server wants one; {wanted}")
    return "none, and the server did not ask for one"


def _address(settings: Settings) -> str:
    """Without a query, and without the key, wherever in it somebody may have put it."""
    url = urlsplit(settings.base_url or OPENAI_URL)
    secret = settings.api_key.get_secret_value() if settings.api_key else ""
    address = without_key(f"{url.scheme}://{url.netloc}{url.path}", secret)
    return f"{settings.endpoint}: {address}" if settings.endpoint else address


def _is_local(settings: Settings) -> bool:
    host = urlsplit(settings.base_url or OPENAI_URL).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return f".{host}".endswith(".localhost")
