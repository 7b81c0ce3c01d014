"""Add sources of prices, switch them, and type in the prices of manual ones."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final
from urllib.parse import urlsplit

from django.db import transaction

from fondaco.audit import actions as audit
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django import events, tenancy
from fondaco.kit.errors import InvalidField, NotFound
from fondaco.market import models
from fondaco.market.actions.editions import next_edition
from fondaco.market.errors import SourceExists
from fondaco.market.events import SourceChanged
from fondaco.market.formulas import FUNCTIONS, RATE, is_source_code, is_symbol
from fondaco.market.pricing import PRICE_MAX, PRICE_MIN
from fondaco.market.rows import show_source
from fondaco.market.states import POLLED, SourceKind
from fondaco.market.types import MarketSource, SourceTerms
from fondaco.market.versions import check_version

MAX_AGE_S_MAX: Final = 400 * 86_400
SYMBOLS_MAX: Final = 1_000

Prices = Mapping[str, tuple[Decimal, Decimal]]
"""Bid and ask by symbol."""


def add_source(*, code: str, kind: SourceKind, terms: SourceTerms, by: Actor) -> MarketSource:
    """Let pairs and formulas use a source under a name of its own.

    :raises InvalidField: the name is none, or the terms make no sense
    :raises SourceExists: there is one of this name
    """
    if not is_source_code(code) or code in FUNCTIONS or code == RATE:
        raise InvalidField(
            "2 to 20 small letters, digits and _; no word of formulas.", field="code"
        )
    _check(kind, terms)
    with transaction.atomic():
        row, is_new = models.Source.objects.get_or_create(
            code=code, defaults={"kind": kind, "created_at": clock.now(), **_columns(terms)}
        )
        if not is_new:
            raise SourceExists(field="code")
        _note(row, by=by, action="market.source.add")
    return show_source(row)


def change_source(
    *, code: str, terms: SourceTerms, by: Actor, version: int | None = None
) -> MarketSource:
    """Change all of a source but its name and kind.

    :param version: the one that the editor saw; none: whatever it is
    :raises NotFound: there is none of this name
    :raises Outdated: somebody else has changed it meanwhile
    :raises InvalidField: the terms make no sense
    """
    with transaction.atomic():
        row = _lock(code)
        check_version(seen=row.version if version is None else version, present=row.version)
        _check(SourceKind(row.kind), terms)
        for name, value in _columns(terms).items():
            setattr(row, name, value)
        row.version += 1
        row.save()
        _note(row, by=by, action="market.source.change")
    return show_source(row)


def enter_prices(*, code: str, prices: Prices, by: Actor) -> MarketSource:
    """Put an operator's prices in place of all that a manual source had.

    :raises NotFound: there is no such source
    :raises InvalidField: it is no manual one, or a price is none
    """
    check_prices(prices)
    with transaction.atomic():
        row = _lock(code)
        if row.kind != SourceKind.MANUAL:
            raise InvalidField("Only manual sources take prices by hand.", field="code")
        reading = _write_reading(row, prices)
        audit.record(
            by=by, action="market.source.prices", subject=row.code, detail=dict(reading.prices)
        )
        events.publish(SourceChanged(code=row.code, is_enabled=row.is_enabled), by=by)
        next_edition()
    return show_source(row, reading)


def take_reference_rates(
    *, code: str, rates: Mapping[str, Decimal], at: datetime, by: Actor
) -> MarketSource:
    """Put what one euro costs, as the European Central Bank told it, in place of what a source had.

    Currencies become symbols such as ``EUR/USD``; bid and ask are one.

    :param at: when the bank told it; the source's own limit says until when it is used
    :raises NotFound: there is no such source
    :raises InvalidField: it is of another kind, has later rates, or a rate is no price
    """
    prices = {f"EUR/{currency}": (rate, rate) for currency, rate in rates.items()}
    check_prices(prices)
    with transaction.atomic():
        row = _lock(code)
        if row.kind != SourceKind.ECB:
            raise InvalidField("Reference rates are for sources of the kind ecb.", field="code")
        known = models.Reading.objects.filter(source=row).first()
        if at > clock.now() or (known is not None and known.at is not None and at < known.at):
            raise InvalidField("Rates of the future, or older than those known.", field="at")
        reading = _write_reading(row, prices, at=at)
        audit.record(
            by=by,
            action="market.source.rates",
            subject=row.code,
            detail={"at": at.isoformat(), "prices": dict(reading.prices)},
        )
        events.publish(SourceChanged(code=row.code, is_enabled=row.is_enabled), by=by)
        next_edition()
    return show_source(row, reading)


def _write_reading(
    row: models.Source, prices: Prices, *, at: datetime | None = None
) -> models.Reading:
    """Put prices in place of what a source had: those of a time, or of this moment."""
    now = clock.now()
    written = {symbol: [f"{bid:f}", f"{ask:f}"] for symbol, (bid, ask) in sorted(prices.items())}
    reading, _ = models.Reading.objects.update_or_create(
        source=row, defaults={"prices": written, "at": at or now, "asked_at": now, "error": ""}
    )
    return reading


def check_prices(prices: Prices) -> None:
    """Pass silently when all of it can be prices.

    :raises InvalidField: a symbol is none, or a price is not positive, not finite, or crossed
    """
    if not 1 <= len(prices) <= SYMBOLS_MAX:
        raise InvalidField(f"Send 1 to {SYMBOLS_MAX} prices.", field="prices")
    for symbol, (bid, ask) in prices.items():
        if not is_symbol(symbol):
            raise InvalidField(f"{symbol} is no symbol such as BTC/USDT.", field="prices")
        if not (bid.is_finite() and ask.is_finite() and PRICE_MIN <= bid <= ask <= PRICE_MAX):
            raise InvalidField(f"{symbol}: 0 < bid ≤ ask.", field="prices")


def _lock(code: str) -> models.Source:
    row = models.Source.objects.select_for_update(no_key=True).filter(code=code).first()
    if row is None:
        raise NotFound
    return row


def _check(kind: SourceKind, terms: SourceTerms) -> None:
    if not 1 <= terms.max_age_s <= MAX_AGE_S_MAX:
        raise InvalidField(f"From 1 to {MAX_AGE_S_MAX}.", field="max_age_s")
    if not terms.base_url:
        return
    parts = urlsplit(terms.base_url)
    is_live = tenancy.current().mode == "live"
    plain = {"http"} if not is_live else set()
    if kind not in POLLED or parts.scheme not in {"https"} | plain or not parts.hostname:
        raise InvalidField("The address of a venue, https://…", field="base_url")


def _columns(terms: SourceTerms) -> dict[str, object]:
    return {
        "label": terms.label,
        "base_url": terms.base_url,
        "is_enabled": terms.is_enabled,
        "max_age_s": terms.max_age_s,
    }


def _note(row: models.Source, *, by: Actor, action: str) -> None:
    detail = {
        "kind": row.kind,
        "base_url": row.base_url,
        "is_enabled": row.is_enabled,
        "max_age_s": row.max_age_s,
    }
    audit.record(by=by, action=action, subject=row.code, detail=detail)
    events.publish(SourceChanged(code=row.code, is_enabled=row.is_enabled), by=by)
    next_edition()
