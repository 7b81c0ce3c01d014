"""Which web pages may open sockets; programs send no ``Origin`` and are not asked."""

from typing import Final
from urllib.parse import urlsplit

from fondaco.kit.options import options

_ANY: Final = "*"


def is_allowed(origin: str | None, *, host: str) -> bool:
    """Tell whether a page of this origin may open a socket to this host.

    Pages of the same host may (on whatever port: realtime has one of its own), those of the deployment's
    pages, and the origins that may call the API.
    """
    chosen = options()
    if origin is None or _ANY in chosen.allowed_origins or origin in chosen.allowed_origins:
        return True
    asking = _host_of(origin)
    return bool(asking) and asking in {_host_of(f"//{host}"), _host_of(chosen.pages_url)}


def _host_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
