"""Lists: ``{"items": […], "next": "…"}``, or all of it as streamed CSV for ``Accept: text/csv``."""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextvars import copy_context
from typing import Annotated, Any, Final, Generic, TypeVar, cast

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from pydantic import BaseModel, Field, PrivateAttr

from fondaco.kit.django.api.schemas import Strict
from fondaco.kit.paging import LIMIT_DEFAULT, LIMIT_MAX, Cursor, Page

Row = TypeVar("Row")
Item = TypeVar("Item", bound=BaseModel)

CSV_MEDIA_TYPE: Final = "text/csv"
_NUMBER: Final = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?", re.ASCII)
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")


class Paging(Strict):
    """Take ``limit`` and ``cursor``: ``paging: Query[Paging]`` in an operation."""

    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = LIMIT_DEFAULT
    cursor: Annotated[str, Field(max_length=64)] | None = None

    @property
    def after(self) -> Cursor | None:
        """Give where the page begins.

        :raises InvalidCursor: the cursor is not one of ours
        """
        return None if self.cursor is None else Cursor.decode(self.cursor)


class LongPaging(Strict):
    """Take ``limit`` and a cursor that says more than an instant and an id; the list itself reads it."""

    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = LIMIT_DEFAULT
    cursor: Annotated[str, Field(max_length=400)] | None = None


class Listing(Strict, Generic[Item]):
    """Show one page; ``next`` is the cursor of the following one, null at the end."""

    items: list[Item]
    next: str | None = None
    _more: Callable[[str], "Listing[Item]"] | None = PrivateAttr(default=None)

    @classmethod
    def of(cls, page: Page[Row], shape: Callable[[Row], Item]) -> "Listing[Item]":
        """Shape each row of a page."""
        return cls.model_construct(items=[shape(row) for row in page.items], next=page.next)

    def pages(self) -> Iterator[list[Item]]:
        """Go through this page and all that follow."""
        page = self
        while True:
            yield page.items
            if page.next is None or self._more is None:
                return
            page = self._more(page.next)


def paged(
    paging: Paging,
    fetch: Callable[[Cursor | None, int], Page[Row]],
    shape: Callable[[Row], Item],
) -> Listing[Item]:
    """Give the page that the caller asks for; ``fetch(after, limit)`` reads one page.

    A caller who accepts only CSV gets all pages: each is read with a short query of its own.
    """
    return _listed(
        fetch(paging.after, paging.limit),
        lambda after: fetch(Cursor.decode(after), LIMIT_MAX),
        shape,
    )


def paged_by_text(
    paging: LongPaging,
    fetch: Callable[[str | None, int], Page[Row]],
    shape: Callable[[Row], Item],
) -> Listing[Item]:
    """Give the page that the caller asks for, of a list that reads its cursor itself."""
    return _listed(fetch(paging.cursor, paging.limit), lambda after: fetch(after, LIMIT_MAX), shape)


def _listed(
    page: Page[Row], more: Callable[[str], Page[Row]], shape: Callable[[Row], Item]
) -> Listing[Item]:
    first: Listing[Item] = Listing.of(page, shape)
    first._more = lambda after: Listing.of(more(after), shape)  # noqa: SLF001 - set here alone, so that it stays out of the JSON
    return first


def item_model(listing: type[BaseModel]) -> type[BaseModel]:
    """Give the model of the items of ``Listing[…]``."""
    (item,) = listing.__pydantic_generic_metadata__["args"]
    return cast("type[BaseModel]", item)


def wants_csv(request: HttpRequest) -> bool:
    """Tell whether the caller would rather have CSV than JSON."""
    accept = request.META.get("HTTP_ACCEPT", "")
    return (
        CSV_MEDIA_TYPE in accept
        and request.get_preferred_type(["application/json", CSV_MEDIA_TYPE]) == CSV_MEDIA_TYPE
    )


def stream_csv(
    listing: Listing[Any], model: type[BaseModel]
) -> HttpResponse | StreamingHttpResponse:
    """Send all pages as CSV, with the model's fields as columns (``amount.currency`` for nested ones)."""
    return stream_pages(listing.pages(), model)


def stream_pages(
    pages: Iterable[Sequence[BaseModel]], model: type[BaseModel]
) -> StreamingHttpResponse:
    """Send items as CSV, page by page.

    The pages are read after the middleware has returned, so they run in a copy of the request's context.
    """
    context = copy_context()
    lines = _lines(pages, model)

    def parts() -> Iterator[str]:
        while (part := context.run(next, lines, None)) is not None:
            yield part

    response = StreamingHttpResponse(parts(), content_type=f"{CSV_MEDIA_TYPE}; charset=utf-8")
    response["Content-Disposition"] = "attachment"
    return response


def neutralised(value: object) -> str:
    """Write a cell so that no spreadsheet takes it for a formula; plain numbers stay as they are."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)
    if text.startswith(_FORMULA_STARTS) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


class _Echo:
    """Give back what the CSV writer writes."""

    def write(self, line: str) -> str:
        """Give the line."""
        return line


def _lines(pages: Iterable[Sequence[BaseModel]], model: type[BaseModel]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    columns = list(_columns(model))
    yield writer.writerow(columns)
    for items in pages:
        cells = (_flat(item.model_dump(mode="json", by_alias=True)) for item in items)
        yield "".join(
            writer.writerow([neutralised(row.get(column)) for column in columns]) for row in cells
        )


def _columns(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        title = f"{prefix}{field.alias or name}"
        inner = _inner_model(field.annotation)
        if inner is None:
            yield title
        else:
            yield from _columns(inner, f"{title}.")


def _inner_model(annotation: Any) -> type[BaseModel] | None:
    candidates = (annotation, *getattr(annotation, "__args__", ()))
    if getattr(annotation, "__origin__", None) in {list, dict, tuple}:
        return None
    models = (c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel))
    return next(models, None)


def _flat(row: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    cells: dict[str, Any] = {}
    for name, value in row.items():
        cells[prefix + name] = value
        if isinstance(value, dict):
            cells |= _flat(value, f"{prefix}{name}.")
    return cells
