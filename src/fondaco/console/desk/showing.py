"""What pages of the desk are made of: facts, tables and the small things in their cells."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _, gettext_lazy

from fondaco.console.lists import Asked, Badge
from fondaco.console.lists.described import Label
from fondaco.console.templatetags.console import words
from fondaco.kit.errors import NotFound
from fondaco.kit.ids import InvalidId, decode
from fondaco.kit.paging import Cursor

Shown = str | SafeString
"""What stands in a cell; plain text is escaped by the template."""

PER_PAGE: Final = 25
USES: Final = (("on", gettext_lazy("in use")), ("off", gettext_lazy("off")))
"""How lists are narrowed by whether something is in use."""
_SHORT: Final = 18
_TONES: Final[Mapping[str, str]] = {
    "waiting": "warn",
    "held": "warn",
    "degraded": "warn",
    "suspended": "warn",
    "paused": "warn",
    "doing": "warn",
    "running": "warn",
    "sending": "warn",
    "doubtful": "warn",
    "hold": "warn",
    "done": "good",
    "released": "good",
    "up": "good",
    "on": "good",
    "open": "good",
    "active": "good",
    "sent": "good",
    "delivered": "good",
    "succeeded": "good",
    "allow": "good",
    "rejected": "bad",
    "refused": "bad",
    "refuse": "bad",
    "down": "bad",
    "stopped": "bad",
    "failed": "bad",
    "dead": "bad",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """Say one thing about what a page shows."""

    label: str
    value: Shown


@dataclass(frozen=True, slots=True)
class Column:
    """Head a column of a table."""

    label: str
    is_amount: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Show rows of cells; the first cell names the row."""

    name: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Shown]]
    empty: str
    """What to do where there is none."""
    older: str = ""
    """Where the next page is; empty: nowhere."""
    lead: str = ""

    @property
    def cells(self) -> list[list[tuple[Column, Shown]]]:
        """Give each row's cells with the heads of their columns."""
        return [list(zip(self.columns, row, strict=True)) for row in self.rows]


@dataclass(frozen=True, slots=True)
class Way:
    """Show a way to another page."""

    url: str
    label: Label
    is_plain: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Show a longer text as it is written, escaped."""

    title: str
    text: str
    lead: str = ""


@dataclass(slots=True, kw_only=True)
class Board:
    """Hold what stands on a page, from top to foot."""

    title: str
    lead: str = ""
    back: Way | None = None
    ways: Sequence[Way] = ()
    note: str = ""
    note_tone: str = "warn"
    facts: Sequence[Fact] = ()
    tables: Sequence[Table] = ()
    texts: Sequence[Text] = ()
    filters: Any = None
    """A form by GET that narrows what the tables show."""
    more: Mapping[str, Any] = field(default_factory=dict)


def columns(*labels: str, amounts: Iterable[str] = ()) -> list[Column]:
    """Make columns; those named in ``amounts`` stand at the end of their cells."""
    right = set(amounts)
    return [Column(label, label in right) for label in labels]


def tone_of(state: str) -> str:
    """Tell whether a state is well, waits or went wrong."""
    return "warn" if state.startswith("waiting") else _TONES.get(state, "")


def badge(state: str, *, tone: str | None = None, label: str = "") -> SafeString:
    """Show a state as a word on its ground."""
    chosen = tone_of(state) if tone is None else tone
    return format_html('<span class="badge {}">{}</span>', chosen, label or words(state))


def standing(state: str, label: Label = "") -> Badge:
    """Show a state in a list, as a word with its tone."""
    return Badge(label or words(state), tone_of(state))


def as_badge(one: Badge) -> SafeString:
    """Show outside a list what stands in it as a state."""
    return badge("", tone=one.tone, label=str(one.text))


def in_use(*, is_on: bool) -> Badge:
    """Show in a list whether something is in use."""
    return Badge(_("in use"), "good") if is_on else Badge(_("off"))


def fits_use(asked: Asked, *, is_on: bool) -> bool:
    """Tell whether a list that is narrowed by ``USES`` shows something that is in use, or is not."""
    return asked.get("use") in {None, "on" if is_on else "off"}


def on_off(*, is_on: bool) -> SafeString:
    """Show whether something is in use."""
    return badge("on", label=_("in use")) if is_on else badge("off", label=_("off"))


def link(label: str, url: str) -> SafeString:
    """Show a way."""
    return format_html('<a href="{}">{}</a>', url, label)


def code(text: str) -> SafeString:
    """Show what is meant for programs."""
    return format_html("<code>{}</code>", text)


def cut(wire: str) -> str:
    """Give the end of a long identifier."""
    return wire if len(wire) <= _SHORT else f"{wire.partition('_')[0]}_…{wire[-6:]}"


def short(wire: str) -> SafeString:
    """Show the end of an identifier, with all of it for whoever points at it."""
    return format_html('<code class="short" title="{}">{}</code>', wire, cut(wire))


def plain(text: str) -> SafeString:
    """Show a text that may be one long word."""
    return format_html('<span class="words">{}</span>', text)


def quiet(text: str) -> SafeString:
    """Show what is said by the way."""
    return format_html('<span class="quiet">{}</span>', text)


def lines(parts: Iterable[Shown]) -> SafeString:
    """Show several things one below the other."""
    return format_html_join(SafeString("<br>"), "{}", ((part,) for part in parts))


def pieces(*parts: Shown) -> SafeString:
    """Show several things one after the other."""
    return format_html_join(" ", "{}", ((part,) for part in parts if part))


def said(value: Any) -> str:
    """Write a value of a rule, a setting or an audit entry for people."""
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Mapping):
        return ", ".join(f"{words(str(name))}: {said(one)}" for name, one in value.items()) or "—"
    if isinstance(value, list | tuple):
        return ", ".join(said(one) for one in value) or "—"
    return str(value)


def terms_facts(terms: Mapping[str, Any]) -> list[Fact]:
    """Show what is signed as facts, name by name as it is written, nothing left out."""
    found = []
    for name, value in terms.items():
        is_deep = isinstance(value, Mapping | list)
        text = json.dumps(value, ensure_ascii=False, indent=1) if is_deep else said(value)
        shown = format_html('<pre class="terms">{}</pre>', text) if is_deep and value else text
        found.append(Fact(words(name).capitalize(), shown))
    return found


def older_url(request: HttpRequest, after: str | None) -> str:
    """Give the address of the next page of a list; empty where there is none."""
    if not after:
        return ""
    query = request.GET.copy()
    query.pop("done", None)
    query["after"] = after
    return f"{request.path}?{query.urlencode()}"


def after_of(request: HttpRequest) -> Cursor | None:
    """Give where a page of a list begins.

    :raises InvalidCursor: the cursor is not one of ours
    """
    text = request.GET.get("after")
    return Cursor.decode(text) if text else None


def read_id(prefix: str, wire: str) -> UUID:
    """Read an identifier in a path.

    :raises NotFound: it is none
    """
    try:
        return decode(prefix, wire)
    except InvalidId:
        raise NotFound from None
