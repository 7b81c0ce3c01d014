"""Which form of a report the caller wants: the parameter ``format`` says it, else the header ``Accept``."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from django.http import HttpRequest, HttpResponse


class Format(StrEnum):
    """Name the forms."""

    JSON = "json"
    CSV = "csv"
    PDF = "pdf"


_MEDIA_TYPES: Final = {
    Format.JSON: "application/json",
    Format.CSV: "text/csv",
    Format.PDF: "application/pdf",
}


def chosen_format(
    request: HttpRequest, asked: Format | None, *, offered: Sequence[Format]
) -> Format:
    """Give the form that the caller asks for, JSON when nothing says otherwise."""
    if asked is not None:
        return asked
    by_type = {_MEDIA_TYPES[one]: one for one in offered}
    preferred = request.get_preferred_type(list(by_type))
    return by_type.get(preferred or "", Format.JSON)


def as_file(content: bytes, kind: Format, *, name: str) -> HttpResponse:
    """Answer with a file; ``name`` goes without its ending."""
    response = HttpResponse(content, content_type=_MEDIA_TYPES[kind])
    response["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return response
