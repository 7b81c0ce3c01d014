"""What templates may ask for besides their own values."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Final

from django import forms, template
from django.forms import BoundField
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from fondaco.console.asking import one_use_key
from fondaco.console.assets import asset_url
from fondaco.console.money.operations import KINDS
from fondaco.console.states import STATES
from fondaco.kit.errors import walk
from fondaco.money import Money

register = template.Library()


_DATE: Final = "%Y-%m-%d %H:%M"
_DATES: Final = {"de": "%d.%m.%Y %H:%M"}


@register.simple_tag
def asset(name: str) -> str:
    """Give the address of a style, script or picture of the console."""
    return asset_url("".join([*name]))  # a plain str: paths refuse the one of templates


@register.filter
def money(value: Money) -> SafeString:
    """Write an amount so that columns of one currency line up by their decimal points."""
    whole, _, part = value.to_text().partition(".")
    grouped = _grouped(whole)
    tail = f".{part}" if part else ""
    return format_html(
        '<span class="money"><span class="whole">{}</span><span class="part">{}</span>'
        ' <span class="code">{}</span></span>',
        grouped,
        tail,
        value.asset.code,
    )


@register.filter
def instant(value: datetime) -> SafeString:
    """Write an instant for people, by their clock and in their way, and for programs."""
    here = timezone.localtime(value)
    written = here.strftime(_DATES.get(get_language() or "", _DATE))
    return format_html(
        '<time datetime="{}">{} {}</time>', value.isoformat(), written, here.tzname()
    )


def _grouped(whole: str) -> str:
    sign, digits = ("−", whole[1:]) if whole.startswith("-") else ("", whole)
    return sign + f"{int(digits):,}"


@register.filter
def kind(value: str) -> str:
    """Say what moved money in words: ``wallets.top_up`` is a top-up."""
    known = KINDS.get(value)
    return str(known) if known else words(value.rpartition(".")[2]).capitalize()


@register.filter
def badge(state: str) -> SafeString:
    """Write a state as a word with a shape; one that is not known here is written as it is."""
    look, word = STATES.get(str(state), ("", words(str(state))))
    return format_html('<span class="badge {}">{}</span>', look, word)


@register.filter
def plain(value: Decimal) -> str:
    """Write a price with all its digits, but none that say nothing."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


@register.simple_tag
def fresh_key() -> str:
    """Make a key for a form that has nothing but a button."""
    return one_use_key()


@register.filter
def words(code: str) -> str:
    """Write a stable code as words."""
    return code.replace("_", " ")


@register.filter
def reason(code: str) -> str:
    """Say why something was refused, in the reader's language; an unknown code is written as words."""
    title = _sentences().get(code)
    return gettext(title).rstrip(".") if title else words(code)


@cache
def _sentences() -> Mapping[str, str]:
    return {error.code: error.title for error in walk()}


@register.filter
def is_tick(field: BoundField) -> bool:
    """Tell whether a field is one box to tick, whose label follows it."""
    return isinstance(field.field.widget, forms.CheckboxInput)


@register.filter
def is_group(field: BoundField) -> bool:
    """Tell whether a field is several boxes or buttons, which a legend names together."""
    widget = field.field.widget
    return isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple)


@register.filter
def device(agent: str) -> str:
    """Say what a browser calls itself in words: Firefox on Linux; what is not known stays as it is."""
    program = next((name for mark, name in _PROGRAMS if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    if program and system:
        return gettext("%(program)s on %(system)s") % {"program": program, "system": system}
    return program or agent or gettext("unknown")


_PROGRAMS: Final = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
"""In this order: each of them also names those below."""
_SYSTEMS: Final = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
