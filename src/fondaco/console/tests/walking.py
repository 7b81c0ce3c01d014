"""Walk through the console as people do, from link to link, and weigh one example of every page.

Nobody keeps a list of pages: a page that a section adds is found by its address or by the link to it.
"""

import re
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from statistics import median
from typing import Any, Final

from django.db import connection
from django.test import Client
from django.urls import Resolver404, URLPattern, URLResolver, resolve, reverse
from django.urls.converters import IntConverter

from fondaco.console import assets
from fondaco.console.urls import urlpatterns
from tests.plumbing.counting import nothing_due

EXAMPLES: Final = 3
"""So many addresses of one page are tried before it counts as one that this visitor does not see."""
_LINKS: Final = re.compile(r'<a\b[^>]*href="(/console/[^"#]*)"')
_ASSETS: Final = re.compile(r'(?:src|href)="/console/assets/([^"?]+)')
_GZIP: Final = {"accept-encoding": "gzip"}
_OK: Final = 200
_NOT_ALLOWED: Final = 405


@dataclass(frozen=True, slots=True)
class Weighed:
    """Tell what a page costs."""

    name: str
    """Of its address, such as ``merchant-charges``."""
    path: str
    bytes: int
    """Of a first view as it travels: the page, its styles, scripts and icon."""
    queries: int
    """Of a warm view in which nothing falls due, such as a session's new end."""
    milliseconds: float
    """Of the server, the median of the repetitions, warm; 0 without repetitions."""


def walk(client: Client, *, repeat: int = 0) -> Mapping[str, Weighed]:
    """Open every page that somebody who is logged in can come to; gives them by name."""
    with nothing_due():
        return _walk(client, repeat)


def _walk(client: Client, repeat: int) -> Mapping[str, Weighed]:
    ahead = deque(reverse(f"console:{name}") for name in names(with_arguments=False))
    seen: set[str] = set()
    tried: dict[str, int] = {}
    found: dict[str, Weighed] = {}
    while ahead:
        path = ahead.popleft()
        name = _name_of(path)
        if path in seen or not name or name in found or tried.get(name, 0) >= EXAMPLES:
            continue
        seen.add(path)
        tried[name] = tried.get(name, 0) + 1
        answer = client.get(path)
        if answer.status_code != _OK or not answer.get("Content-Type", "").startswith("text/html"):
            continue
        plain = answer.content.decode()
        found[name] = _weigh(client, name, path, repeat, plain)
        ahead.extend(unescape(link) for link in _LINKS.findall(plain))
    return found


def names(*, with_arguments: bool | None = None) -> list[str]:
    """List the names of all addresses; those with arguments, or those without, where it is said."""
    return [
        name
        for name, arguments in _addresses(urlpatterns)
        if with_arguments is None or bool(arguments) == with_arguments
    ]


def pages(client: Client) -> list[str]:
    """List the names of what can be opened, rather than only sent to."""
    return [
        name
        for name, arguments in _addresses(urlpatterns)
        if client.get(reverse(f"console:{name}", args=arguments)).status_code != _NOT_ALLOWED
    ]


class Count:
    """Count what is asked of the database, beginnings and ends of transactions left out."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self.queries = 0

    def __call__(self, execute: Callable[..., Any], *asked: Any) -> Any:
        """Count a statement, and have it executed."""
        self.queries += 1
        return execute(*asked)


def _addresses(patterns: Any) -> Iterator[tuple[str, list[str]]]:
    """Give the names of all addresses, with something that fits where they take arguments."""
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from _addresses(one.url_patterns)
        elif isinstance(one, URLPattern) and one.name:
            kinds = one.pattern.converters.values()
            yield one.name, ["1" if isinstance(kind, IntConverter) else "x" for kind in kinds]


def _name_of(path: str) -> str:
    try:
        return resolve(path.partition("?")[0]).url_name or ""
    except Resolver404:
        return ""


def _weigh(client: Client, name: str, path: str, repeat: int, plain: str) -> Weighed:
    first, packed = _asked(client, path)
    second, _again = _asked(client, path)
    parts = set(_ASSETS.findall(plain))
    weight = len(packed) + sum(len(assets.compressed(part)) for part in parts)
    usual = median(_timed(lambda: client.get(path)) for _ in range(repeat)) if repeat else 0.0
    return Weighed(name, path, weight, min(first, second), usual)


def _asked(client: Client, path: str) -> tuple[int, bytes]:
    """Count a warm view's queries: the lesser of two counts, since a session is prolonged now and then."""
    asked = Count()
    with connection.execute_wrapper(asked):
        packed = client.get(path, headers=_GZIP).content
    return asked.queries, packed


def _timed(act: Callable[[], Any]) -> float:
    before = time.perf_counter()
    act()
    return (time.perf_counter() - before) * 1000
