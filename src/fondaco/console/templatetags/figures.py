"""How templates write figures: parts, prices, and the cells of a chart's table."""

from decimal import Decimal
from typing import Final

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from fondaco.console.templatetags.console import money
from fondaco.money import Money

register = template.Library()

_MINUS: Final = "\u2212"
_PERCENT: Final = Decimal("0.01")


@register.filter
def figure(value: Money | Decimal | None) -> str:
    """Write a number of a table; a dash where there is none."""
    if value is None:
        return "–"
    text = value.to_text() if isinstance(value, Money) else format(value, "f")
    return text.replace("-", _MINUS)


@register.filter
def percent(value: str | Decimal | None) -> str:
    """Write a part as per cent: ``0.0512`` is 5.12 %."""
    if value is None or value == "":
        return "–"
    return _signless((Decimal(value) * 100).quantize(_PERCENT))


@register.filter
def parts_percent(parts: int) -> str:
    """Write parts of a million as per cent."""
    return _signless(Decimal(parts).scaleb(-4).quantize(_PERCENT))


@register.filter
def bps_percent(bps: int) -> str:
    """Write hundredths of a per cent as per cent."""
    return _signless(Decimal(bps).scaleb(-2).quantize(_PERCENT))


@register.filter
def price(value: Decimal | None) -> str:
    """Write a price with two places, or with as many as it has."""
    if value is None:
        return "–"
    exact = Decimal(value).normalize()
    return f"{exact:,.2f}" if exact == exact.quantize(_PERCENT) else f"{exact:,f}"


@register.filter
def gain(value: Money) -> SafeString:
    """Write a gain or a loss with its sign, its colour and a word for whoever sees neither."""
    if value.minor == 0:
        return money(value)
    up = value.minor > 0
    size = value if up else Money(-value.minor, value.asset)
    return format_html(
        '<span class="{}"><span aria-hidden="true">{}</span><span class="hidden">{} </span>{}</span>',
        "gain up" if up else "gain down",
        "+" if up else _MINUS,
        "+" if up else "minus",
        money(size),
    )


def _signless(value: Decimal) -> str:
    return f"{value:f} %".replace("-", _MINUS)


@register.filter
def shares(value: Money) -> str:
    """Write a number of shares without the zeros at its end, and without their symbol."""
    return plain(value.to_text())


@register.filter
def plain(text: str) -> str:
    """Write a number in plain digits without the zeros at its end."""
    return f"{Decimal(text).normalize():,f}"
