"""``docs/errors.md``: every code that an answer may carry, from the tree of refusals."""

from importlib import import_module
from itertools import groupby
from typing import Final

from fondaco.kit import errors
from fondaco.kit.errors import DomainError

_HEAD: Final = """\
# Errors

Every refusal is an `application/problem+json` (RFC 9457) with these members:

| member | holds |
|---|---|
| `code` | one of those below; stable, made for programs |
| `title`, `detail` | sentences for people, in the language of `Accept-Language` |
| `status` | the HTTP status again |
| `field` | the failing field, such as `amount` or `items.3.amount` |
| `errors` | further failing fields |
| `request_id` | also in the header `X-Request-Id` and in the logs |

Some carry further facts, such as `limit`. Answers with `Retry-After` may be tried again after so many
seconds, with the same `Idempotency-Key`. The status follows from the kind of refusal alone.

This page is made from the code by `make fix`; nobody edits it.
"""

_ENTRIES: Final = ("fondaco.project.urls", "fondaco.realtime.application")

_COMMANDS_ALONE: Final = ("fondaco.project.", "fondaco.identity.demo", "fondaco.journal.export")
"""Their refusals are told on the command line and never answered; they are not always loaded."""

_KINDS: Final = {
    400: "the request cannot be read",
    401: "nobody, or nobody that we know, is asking",
    403: "known, but not allowed",
    404: "unknown, or somebody else's",
    405: "the path exists, the verb does not",
    409: "refused by state, money or rule",
    411: "a body of unknown length",
    413: "more than we take",
    415: "not JSON",
    422: "a field's value is wrong",
    429: "too many requests",
    500: "our mistake",
    503: "not now: try again",
}


def text() -> str:
    """Write the page."""
    for entry in _ENTRIES:  # what they import holds every refusal
        import_module(entry)
    ours = [one for one in errors.walk() if _is_answered(one)]
    parts = [_HEAD]
    by_status = sorted(ours, key=lambda one: (one.kind.value, one.code))
    for status, leaves in groupby(by_status, key=lambda one: one.kind.value):
        parts.append(f"\n## {status}: {_KINDS[status]}\n\n| code | says | from |\n|---|---|---|\n")
        parts += [f"| `{one.code}` | {one.title} | {_origin(one)} |\n" for one in leaves]
    return "".join(parts)


def _origin(error: type[DomainError]) -> str:
    return error.__module__.removeprefix("fondaco.").split(".")[0]


def _is_answered(error: type[DomainError]) -> bool:
    """Tell whether an answer may carry it: tests and commands have refusals of their own."""
    module = error.__module__
    if ".tests." in module or module.startswith(_COMMANDS_ALONE):
        return False
    return module.startswith("fondaco.")
