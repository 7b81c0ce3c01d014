"""Paths lead where Django leads them, whichever of their shape came before."""

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.urls import Resolver404, get_resolver, include, path, re_path
from django.urls.resolvers import RegexPattern, URLPattern, URLResolver

from fondaco.project.paths import SHAPES_MAX, Paths


def view(name: str) -> Callable[..., HttpResponse]:
    """Make a view that is known by its name."""

    def named(request: Any, **parameters: Any) -> HttpResponse:
        raise AssertionError(f"{name} is never called")

    named.__name__ = name
    return named


Patterns = list[URLPattern | URLResolver]

SHOP: Patterns = [
    path("things", view("list")),
    path("things/<token>", view("one")),
    path("things/new", view("shadowed")),
    path("first/new", view("new")),
    path("first/<str:token>", view("first")),
    path("<token>/end", view("end")),
    path("counted/<int:number>", view("counted")),
    path("counted/<token>", view("not_counted")),
    path("files/<path:rest>", view("file")),
    path("extra/<token>", view("extra"), {"more": 1}),
]
PLAIN: Patterns = [path("shop/", include(SHOP)), path("", view("start"))]
PATTERNS: list[Patterns] = [
    PLAIN,
    [path("shop/", include([path("<token>.csv", view("csv")), *SHOP])), PLAIN[1]],
    [*PLAIN, re_path(r"^old/(?P<word>[a-z]+)$", view("old"))],
    [path("shop/", include([re_path(r"^x/(?P<a>[a-z]+)$", view("x")), *SHOP])), *PLAIN],
]


class Counting:
    """Resolve as Django does, and count how often."""

    def __init__(self, patterns: Any) -> None:
        self.resolver = URLResolver(RegexPattern(r"^/"), patterns)
        self.asked: list[str] = []

    def __call__(self, path_info: str) -> Any:
        self.asked.append(path_info)
        return self.resolver.resolve(path_info)


def outcome(resolve: Callable[[str], Any], path_info: str) -> Any:
    """Give what a path leads to in a form that can be compared."""
    try:
        match = resolve(path_info)
    except Resolver404:
        return None
    return match.func.__name__, match.kwargs, match.captured_kwargs, match.route, match.view_name


ASKED = [
    "/", "", "//", "/shop", "/shop/", "/shop/things", "/shop/things/", "/shop/things/a", "/shop/things/b",
    "/shop/things/new", "/shop/first/new", "/shop/first/old", "/shop/first/things", "/shop/a/end",
    "/shop/things/end", "/shop/first/end", "/shop/counted/5", "/shop/counted/a", "/shop/counted/end",
    "/shop/files/a", "/shop/files/a/b", "/shop/a.csv", "/shop/things.csv", "/shop/extra/a", "/old/abc",
    "/old/5", "/shop/things/a\nb", "/shop/things/a/b", "/nowhere", "/shop//end", "/shop/first/",
]  # fmt: skip


class TestResolve:
    @pytest.mark.parametrize("order", [1, -1], ids=["forwards", "backwards"])
    def test_leads_where_django_leads(self, order: int) -> None:
        for some in PATTERNS:
            slowly = Counting(some)
            paths = Paths(some)
            for path_info in ASKED[::order] * 2:
                expected = outcome(slowly.resolver.resolve, path_info)
                assert outcome(lambda one: paths.resolve(one, slowly), path_info) == expected  # noqa: B023 - called at once

    def test_asks_django_once_for_each_shape(self) -> None:
        slowly, paths = Counting(PLAIN), Paths(PLAIN)
        for number in range(5):
            match = paths.resolve(f"/shop/first/{number}", slowly)
            assert (match.kwargs, match.route) == ({"token": str(number)}, "shop/first/<str:token>")
        assert slowly.asked == ["/shop/first/0"]

    def test_keeps_the_parameters_of_each_request_apart(self) -> None:
        slowly, paths = Counting(PLAIN), Paths(PLAIN)
        matches = [paths.resolve(f"/shop/first/{number}", slowly) for number in range(3)]
        assert [one.kwargs["token"] for one in matches] == ["0", "1", "2"]

    def test_remembers_none_that_leads_nowhere(self) -> None:
        slowly, paths = Counting(PLAIN), Paths(PLAIN)
        for _ in range(2):
            with pytest.raises(Resolver404):
                paths.resolve("/nowhere/at/all", slowly)
        assert slowly.asked == ["/nowhere/at/all"] * 2

    def test_has_room_for_all_routes_of_the_platform(self) -> None:
        assert len(list(get_resolver().reverse_dict)) < SHAPES_MAX
