"""Hold what venues state against what the books say that the house has there."""

from collections.abc import Iterator, Mapping
from decimal import ROUND_DOWN, Decimal
from typing import Any, Final

import structlog
from django.db import transaction

from fondaco.connections.states import Health
from fondaco.connections.types import ProviderAccount
from fondaco.exchange import models
from fondaco.exchange.actions.batching import note_health
from fondaco.exchange.events import VenueDiffers, VenueLow
from fondaco.exchange.providers.registry import open_account
from fondaco.exchange.queries.venues import list_venues, name_of
from fondaco.exchange.states import LIVE
from fondaco.kit import clock
from fondaco.kit.access import Actor, ActorKind
from fondaco.kit.django import events
from fondaco.kit.django.locks import lock_name
from fondaco.ledger import queries as ledger
from fondaco.money import Asset, Money
from fondaco.proofs.actions.solvency import record_holding
from fondaco.vendors.venues import VenueError

POLLER: Final = Actor(ActorKind.JOB, "exchange.reconcile_venues")
TOLERANCE: Final = 10
"""Minor units by which rounding may part books and venue."""

log = structlog.get_logger(__name__)


def reconcile_all(*, by: Actor = POLLER) -> int:
    """Reconcile every account at a venue; gives how many answered."""
    return sum(reconcile(account=account, by=by) for account in list_venues())


def reconcile(*, account: ProviderAccount, by: Actor = POLLER) -> bool:
    """Record what a venue states, and tell of differences; gives whether it answered.

    An account with a covering order under way is left for the next round: its balances are moving.
    """
    if _is_moving(account):
        return True
    try:
        stated = open_account(account).balances()
    except VenueError as error:
        note_health(account, health=Health.DOWN, detail=str(error))
        return False
    if _is_moving(account):
        return True
    for asset, amount in _known(stated, name_of(account)):
        _compare(account, asset, amount, by=by)
    return True


def _is_moving(account: ProviderAccount) -> bool:
    return models.CoveringOrder.objects.filter(
        account_id=account.id, state__in=sorted(LIVE)
    ).exists()


def _known(stated: Mapping[str, Decimal], venue: str) -> Iterator[tuple[Asset, Decimal]]:
    """Go through the currencies that the books know, those included that a venue states no more."""
    page = ledger.list_accounts(prefix=f"providers:{venue}:", limit=1_000)
    booked = {account.asset.code: account.asset for account in page.items}
    for code in sorted({*stated, *booked}):
        asset = booked.get(code) or ledger.find_asset(code=code)
        amount = stated.get(code, Decimal(0))
        if asset is not None and (amount or code in booked):
            yield asset, amount


def _compare(account: ProviderAccount, asset: Asset, amount: Decimal, *, by: Actor) -> None:
    venue = name_of(account)
    place = f"providers:{venue}"
    found = ledger.find_account(code=f"{place}:{asset.code}")
    books = Money.zero(asset) if found is None else found.posted
    units = amount.quantize(Decimal(1).scaleb(-asset.scale), rounding=ROUND_DOWN)
    told = Money.parse(format(units, "f"), asset)
    with transaction.atomic():
        lock_name(f"exchange.reconcile:{place}")
        if not _is_news(venue, told):
            return
        record_holding(
            place=place,
            currency=asset.code,
            amount=told.to_text(),
            at=clock.now(),
            source=f"{account.kind} balances",
            by=by,
        )
        models.Balance.objects.update_or_create(
            venue=venue, asset=str(asset), defaults={"minor": told.minor, "at": clock.now()}
        )
        if abs(told.minor - books.minor) > TOLERANCE:
            log.error("exchange.venue.differs", venue=venue, books=str(books), stated=str(told))
            events.publish(VenueDiffers(venue=venue, books=books, stated=told), by=by)
        threshold = _threshold(account.settings, asset)
        if threshold is not None and told < threshold:
            events.publish(VenueLow(venue=venue, left=told, threshold=threshold), by=by)


def _is_news(venue: str, told: Money) -> bool:
    """Tell whether a venue states something else than the last time."""
    last = models.Balance.objects.filter(venue=venue, asset=str(told.asset)).first()
    return last is None or int(last.minor) != told.minor


def _threshold(settings: Mapping[str, Any], asset: Asset) -> Money | None:
    text = settings.get("low_balance", {}).get(asset.code)
    return None if text is None else Money.parse(str(text), asset)
