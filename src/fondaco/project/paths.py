"""Find the operation of a path without trying one pattern after the other.

Nearly all routes consist of whole words and whole parameters, such as ``api/v1/wallets/<token>/close``. For
these it depends on nothing else than which words stand where; so one path of each such shape is resolved by
Django, which knows what comes first, and the others follow it. Paths below a route of another kind (numbers,
regular expressions, parameters with slashes) are always left to Django.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile
from typing import Final

from django.urls import ResolverMatch, URLPattern, URLResolver
from django.urls.resolvers import RoutePattern

SHAPES_MAX: Final = 4096
"""Shapes that are remembered at most; there are about as many as operations."""

Shape = tuple[str | None, ...]
"""The words of a path at their places, none where a parameter may stand."""

_PARAMETER: Final = re.compile(r"<(?:str:)?(\w+)>", re.ASCII)
_WORD: Final = re.compile(r"[^<>]*")


class Paths:
    """Remember how paths of each shape were resolved."""

    def __init__(self, patterns: Sequence[URLPattern | URLResolver]) -> None:
        """Learn the words of all routes, and below which words other kinds of routes lie."""
        self._words: set[str] = set()
        self._others: list[Shape] = []
        self._known: dict[Shape, tuple[ResolverMatch, Sequence[tuple[str, int]]]] = {}
        for route in _routes(patterns, ""):
            self._learn(route)

    def resolve(self, path: str, slowly: Callable[[str], ResolverMatch]) -> ResolverMatch:
        """Resolve a path that begins with a slash, as ``slowly`` does.

        :raises django.urls.Resolver404: it leads nowhere
        """
        parts = path.split("/")
        words = self._words
        shape = tuple([part if part in words else None for part in parts])
        known = self._known.get(shape)
        if known is None:
            return self._remember(shape, parts, slowly(path))
        match, parameters = known
        if not parameters:
            return match
        return _again(match, {name: parts[place] for name, place in parameters})

    def _remember(self, shape: Shape, parts: Sequence[str], match: ResolverMatch) -> ResolverMatch:
        template = ["", *str(match.route).split("/")]
        found = [
            (name[1], place)
            for place, part in enumerate(template)
            if (name := _PARAMETER.fullmatch(part))
        ]
        is_plain = (
            len(template) == len(parts)
            and not match.args
            and match.kwargs == {name: parts[place] for name, place in found}
            and not any(_begins(shape, other) for other in self._others)
        )
        if is_plain and len(self._known) < SHAPES_MAX:
            self._known[shape] = (match, found)
        return match

    def _learn(self, route: str | None) -> None:
        if route is None:
            self._others.append(())
            return
        parts = ["", *route.split("/")]
        plain = list(takewhile(_is_plain, parts))
        self._words.update(part for part in plain if not _PARAMETER.fullmatch(part))
        if len(plain) < len(parts):
            self._others.append(
                tuple([None if _PARAMETER.fullmatch(part) else part for part in plain])
            )


def _routes(patterns: Sequence[URLPattern | URLResolver], before: str) -> Iterator[str | None]:
    """Give the routes of all patterns; none for what is below a regular expression."""
    for one in patterns:
        if not isinstance(one.pattern, RoutePattern):
            yield None
        elif isinstance(one, URLResolver):
            yield from _routes(one.url_patterns, f"{before}{one.pattern}")
        else:
            yield f"{before}{one.pattern}"


def _is_plain(part: str) -> bool:
    return bool(_WORD.fullmatch(part) or _PARAMETER.fullmatch(part))


def _begins(shape: Shape, other: Shape) -> bool:
    """Tell whether a path of the shape may lie below the words of another route."""
    return len(shape) >= len(other) and all(
        word is None or word == part for part, word in zip(shape, other, strict=False)
    )


def _again(match: ResolverMatch, parameters: dict[str, str]) -> ResolverMatch:
    """Give the same match with other parameters; its constructor would look up again what stays the same."""
    made = ResolverMatch.__new__(ResolverMatch)
    made.__dict__.update(match.__dict__, kwargs=parameters, captured_kwargs=parameters)
    return made
