"""Make pairs, say how they get their price, stop them and let them go again."""

from dataclasses import asdict
from typing import Any

from django.db import transaction

from fondaco.audit import actions as audit
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django import events
from fondaco.kit.django.locks import lock_name
from fondaco.kit.errors import InvalidField
from fondaco.market import models
from fondaco.market.actions.editions import next_edition
from fondaco.market.errors import PairExists, PairNotFound
from fondaco.market.events import PairChanged, PairResumed, PairStopped
from fondaco.market.rows import show_pair
from fondaco.market.types import MarketPair, PairTerms
from fondaco.market.validation import check_terms
from fondaco.market.versions import check_version

_EDITING = "market.definitions"
"""Two editors could otherwise close a circle of prices that neither of them sees."""


def add_pair(
    *, base: str, quote: str, terms: PairTerms, by: Actor, is_enabled: bool = True
) -> MarketPair:
    """Let two currencies be traded for each other; prices are per unit of ``base``.

    :raises InvalidField: there is no such currency, or the terms make no sense
    :raises PairExists: they are a pair already
    :raises FormulaRefused: the formula is none, names what is not there, or needs its own price
    """
    with transaction.atomic():
        lock_name(_EDITING)
        both = {row.code: row for row in models.Currency.objects.filter(code__in=[base, quote])}
        for field, code in (("base", base), ("quote", quote)):
            if code not in both:
                raise InvalidField(f"{code} is not known.", field=field)
        if base == quote:
            raise InvalidField("A pair has two currencies.", field="quote")
        check_terms(terms, base=base, quote=quote)
        names = [f"{base}_{quote}", f"{quote}_{base}"]
        if models.Pair.objects.filter(name__in=names).exists():
            raise PairExists
        row = models.Pair(name=names[0], base=both[base], quote=both[quote], created_at=clock.now())
        _set(row, terms, is_enabled=is_enabled)
        row.save(force_insert=True)
        _note(row, by=by, action="market.pair.add")
    return show_pair(row)


def change_pair(
    *, name: str, terms: PairTerms, is_enabled: bool, by: Actor, version: int | None = None
) -> MarketPair:
    """Say how a pair gets its price from now on; what was published before guards no further.

    :param version: the one that the editor saw; none: whatever it is
    :raises PairNotFound: there is none of this name
    :raises Outdated: somebody else has changed it meanwhile
    :raises InvalidField: the terms make no sense
    :raises FormulaRefused: the formula is none, names what is not there, or needs its own price
    """
    with transaction.atomic():
        lock_name(_EDITING)
        row = _lock(name)
        check_version(seen=row.version if version is None else version, present=row.version)
        check_terms(terms, base=row.base.code, quote=row.quote.code)
        _set(row, terms, is_enabled=is_enabled)
        row.version += 1
        row.last_bid = row.last_ask = row.last_at = None
        row.save()
        _note(row, by=by, action="market.pair.change")
    return show_pair(row)


def suspend_pair(*, name: str, reason: str, by: Actor) -> MarketPair:
    """Stop a pair, in both directions, until somebody resumes it; a stopped one stays as it is.

    :raises PairNotFound: there is none of this name
    """
    with transaction.atomic():
        suspend_once(name=name, reason=reason, by=by)
        return show_pair(_lock(name))


def suspend_once(*, name: str, reason: str, by: Actor) -> bool:
    """Stop a pair unless it is stopped; tell whether it was stopped now, so that one alone says why.

    :raises PairNotFound: there is none of this name
    """
    with transaction.atomic():
        row = _lock(name)
        if row.suspended_at is not None:
            return False
        row.suspended_at, row.suspended_reason = clock.now(), reason[:300] or "no reason given"
        row.version += 1
        row.save(update_fields=["suspended_at", "suspended_reason", "version"])
        detail = {"reason": row.suspended_reason}
        audit.record(by=by, action="market.pair.suspend", subject=row.name, detail=detail)
        events.publish(PairStopped(pair=row.name, reason=row.suspended_reason), by=by)
        next_edition()
    return True


def resume_pair(*, name: str, reason: str, by: Actor) -> MarketPair:
    """Let a stopped pair go again; its next price is taken as it is.

    :raises PairNotFound: there is none of this name
    """
    with transaction.atomic():
        row = _lock(name)
        if row.suspended_at is not None:
            row.suspended_at, row.suspended_reason = None, ""
            row.last_bid = row.last_ask = row.last_at = None
            row.version += 1
            row.save()
            detail = {"reason": reason}
            audit.record(by=by, action="market.pair.resume", subject=row.name, detail=detail)
            events.publish(PairResumed(pair=row.name, reason=reason), by=by)
            next_edition()
    return show_pair(row)


def _lock(name: str) -> models.Pair:
    """Lock a pair by the name of either of its directions."""
    get, _, spend = name.partition("_")
    row = (
        models.Pair.objects.select_related("base", "quote")
        .select_for_update(of=("self",), no_key=True)
        .filter(name__in=[name, f"{spend}_{get}"])
        .first()
    )
    if row is None:
        raise PairNotFound
    return row


def _set(row: models.Pair, terms: PairTerms, *, is_enabled: bool) -> None:
    row.mode = terms.mode
    row.static_price, row.formula = terms.static_price, terms.formula
    row.sources, row.symbol = list(terms.sources), terms.symbol
    row.markup_bps = terms.markup_bps
    row.deviation_bps_max = terms.guards.deviation_bps_max
    row.jump_bps_max = terms.guards.jump_bps_max
    row.quote_lifetime_s = terms.quote_lifetime_s
    row.is_enabled = is_enabled


def _note(row: models.Pair, *, by: Actor, action: str) -> None:
    detail: dict[str, Any] = {**asdict(show_pair(row).terms), "is_enabled": row.is_enabled}
    detail["static_price"] = None if row.static_price is None else str(row.static_price)
    audit.record(by=by, action=action, subject=row.name, detail=detail)
    events.publish(PairChanged(pair=row.name, is_enabled=row.is_enabled), by=by)
    next_edition()
