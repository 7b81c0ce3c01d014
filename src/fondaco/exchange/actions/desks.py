"""Change how the house trades a pair."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from fondaco.audit import actions as audit
from fondaco.exchange import models
from fondaco.exchange.queries import desks
from fondaco.exchange.states import AtAge, Cover
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.errors import InvalidField
from fondaco.ledger import queries as ledger
from fondaco.market import queries as market


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskTerms:
    """Say how a pair is traded; what is none is left to the options."""

    cover: Cover
    symbol: str = ""
    venues: tuple[str, ...] = ()
    threshold_minor: int | None = None
    age_max_s: int | None = None
    at_age: AtAge = AtAge.TOP_UP
    slip_bps: int | None = None
    net_at_minor: int | None = None
    position_max_minor: int | None = None


def set_desk(*, pair: str, terms: DeskTerms, by: Actor) -> models.Desk:
    """Put a desk's terms, for both directions of a pair, in the place of those that it had.

    :raises PairNotFound: there is no such pair
    :raises InvalidField: the symbol names a currency that the books do not know, or not the pair's base
    """
    named = market.get_pair(name=pair)
    pair = named.base_name
    if terms.symbol:
        _check_symbol(terms.symbol, base=named.base.code)
    values: dict[str, Any] = {
        **{name: getattr(terms, name) for name in DeskTerms.__dataclass_fields__},
        "venues": list(terms.venues),
        "updated_at": clock.now(),
    }
    with transaction.atomic():
        before = models.Desk.objects.select_for_update().filter(pair=pair).first()
        row, _ = models.Desk.objects.update_or_create(pair=pair, defaults=values)
        audit.record(
            by=by,
            action="exchange.desk.set",
            subject=pair,
            detail={"before": _plain(before), "after": _plain(row)},
        )
    desks.forget()
    return row


def _check_symbol(symbol: str, *, base: str) -> None:
    first, _, second = symbol.partition("/")
    if first != base or not second or first == second:
        raise InvalidField("A symbol is written BASE/QUOTE, with the pair's base.", field="symbol")
    if ledger.find_asset(code=second) is None:
        raise InvalidField(f"The books do not know {second}.", field="symbol")


def _plain(row: models.Desk | None) -> Mapping[str, Any]:
    if row is None:
        return {}
    return {
        name: None if getattr(row, name) is None else str(getattr(row, name))
        for name in DeskTerms.__dataclass_fields__
    }
