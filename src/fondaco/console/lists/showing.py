"""Show a list: its page, its export, and what is kept of its filters."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _, gettext_lazy

from fondaco.console.asking import Refused
from fondaco.console.forms import Asking
from fondaco.console.lists import saved
from fondaco.console.lists.described import PER_PAGE, Asked, Badge, Column, Label, OperatorList
from fondaco.console.lists.exporting import stream
from fondaco.console.lists.narrowing import NarrowForm
from fondaco.console.pages import GoTo, Page
from fondaco.kit.access import Principal
from fondaco.money import Money

AFTER = "after"
EXPORT = "export"
LONG = 24
_QUERY_MAX = 1000


class KeepForm(Asking):
    """Take the name under which a filter is kept."""

    name = forms.CharField(label=gettext_lazy("Name of this filter"), max_length=saved.NAME_MAX)
    query = forms.CharField(max_length=_QUERY_MAX, required=False, widget=forms.HiddenInput)


@dataclass(frozen=True, slots=True)
class Cell:
    """Show one value of a row."""

    label: Label
    value: object
    kind: str
    """``money``, ``instant``, ``badge`` or ``text``."""
    link: str
    is_figure: bool
    is_long: bool
    """Whether it is one long word, such as an account's code, which may be broken anywhere."""


def show_list(
    request: HttpRequest,
    visitor: Principal,
    listed: OperatorList[Any],
    *,
    template: str = "lists/list.html",
    **shown: Any,
) -> Page | GoTo | HttpResponseBase:
    """Show a list, send its export, or keep or forget a filter; ``shown`` goes to the template as well.

    :raises InvalidCursor: the page that is asked for is none of this list's
    :raises NotFound: the filter that shall be forgotten is not there
    """
    keep = None
    if is_of_list(request):
        if "forget" in request.POST:
            return _forget(request, visitor, listed)
        keep = KeepForm(request.POST)
        if keep.is_valid() and keep.ask(lambda: _keep(visitor, listed, keep)) is None:
            return GoTo(f"{request.path}?{_checked(listed, keep.cleaned_data['query'])}")
    form = NarrowForm(listed, request.GET)
    is_right = form.is_valid()
    if is_right and EXPORT in request.GET:
        return stream(listed, form.asked)
    facts: dict[str, Any] = {
        "title": listed.title,
        "listed": listed,
        "form": form,
        "keep": keep or KeepForm(initial={"query": form.query}),
        "kept": _kept(request, visitor, listed, form.query),
        **(_found(request, listed, form) if is_right else {"rows": []}),
        **shown,
    }
    return Page(template, facts, 200 if is_right and keep is None else 422)


def is_of_list(request: HttpRequest) -> bool:
    """Tell whether a form that was sent keeps or forgets a filter."""
    return request.method == "POST" and not {"forget", "query"}.isdisjoint(request.POST)


def _found(request: HttpRequest, listed: OperatorList[Any], form: NarrowForm) -> Mapping[str, Any]:
    asked = form.asked
    after = request.GET.get(AFTER) or None
    page = listed.fetch(asked, after, PER_PAGE)
    totals = listed.totals(asked) if listed.totals else ()
    return {
        "rows": [list(_cells(listed.columns, row)) for row in page.items],
        "totals": totals,
        "count": sum(total.count for total in totals),
        "older": _address(request, form, {AFTER: page.next}) if page.next else "",
        "first": _address(request, form, {}) if after else "",
        "export": _address(request, form, {EXPORT: "csv"}),
        "is_narrowed": asked != Asked(sort=asked.sort),
    }


def _address(request: HttpRequest, form: NarrowForm, more: Mapping[str, str]) -> str:
    parts = [form.query, *(f"{name}={value}" for name, value in more.items())]
    return f"{request.path}?{'&'.join(part for part in parts if part)}"


def _cells(columns: Sequence[Column[Any]], row: Any) -> Iterator[Cell]:
    for column in columns:
        value = column.value(row)
        link = column.link(row) if column.link else ""
        is_long = isinstance(value, str) and max(map(len, value.split()), default=0) > LONG
        yield Cell(column.label, value, kind_of(value), link, column.is_figure, is_long)


def kind_of(value: object) -> str:
    """Tell how templates write a value."""
    match value:
        case Money():
            return "money"
        case datetime():
            return "instant"
        case Badge():
            return "badge"
    return "text"


def _kept(
    request: HttpRequest, visitor: Principal, listed: OperatorList[Any], query: str
) -> list[Mapping[str, Any]]:
    return [
        {
            "id": one.id,
            "name": one.name,
            "url": f"{request.path}?{one.query}",
            "is_here": one.query == query,
        }
        for one in saved.list_filters(user_id=visitor.user_id, listed=listed.name)
    ]


def _keep(visitor: Principal, listed: OperatorList[Any], form: KeepForm) -> Refused | None:
    given = form.cleaned_data
    query = _checked(listed, given["query"])
    if not query:
        return Refused(_("Narrow the list first, then keep the filter."), "name")
    saved.keep_filter(user_id=visitor.user_id, listed=listed.name, name=given["name"], query=query)
    return None


def _checked(listed: OperatorList[Any], query: str) -> str:
    """Give a query as this list writes it; one that it does not understand is none."""
    form = NarrowForm(listed, QueryDict(query))
    return form.query if form.is_valid() else ""


def _forget(request: HttpRequest, visitor: Principal, listed: OperatorList[Any]) -> GoTo:
    number = request.POST["forget"]
    saved.forget_filter(
        user_id=visitor.user_id,
        listed=listed.name,
        number=int(number) if number.isascii() and number.isdecimal() else 0,
    )
    return GoTo(request.get_full_path())
