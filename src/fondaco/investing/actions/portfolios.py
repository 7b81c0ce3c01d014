"""Open portfolios and their accounts, and choose how they are kept."""

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction

from fondaco.audit import actions as audit
from fondaco.identity import queries as identity
from fondaco.instruments.queries.instruments import get_instrument
from fondaco.instruments.types import Instrument
from fondaco.investing import models
from fondaco.investing.errors import CurrencyDiffers
from fondaco.investing.events import SettingsChanged
from fondaco.investing.queries.settings import get_settings
from fondaco.investing.states import LotMethod
from fondaco.investing.types import PortfolioSettings
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django import events
from fondaco.kit.django.locks import lock_name
from fondaco.kit.ids import encode
from fondaco.ledger import actions as ledger
from fondaco.ledger.types import AccountId, AccountKind
from fondaco.money import Asset
from fondaco.wallets.types import CUSTOMER


def change_settings(
    *,
    customer_id: UUID,
    method: LotMethod | None = None,
    band_bps: int | None = None,
    benchmark: str | None = None,
    by: Actor,
) -> PortfolioSettings:
    """Choose how lots are sold, from which distance parts are told, and what to compare with.

    :raises NotFound: there is no such instrument to compare with
    """
    changes: dict[str, object] = {}
    if method is not None:
        changes["method"] = method.value
    if band_bps is not None:
        changes["band_bps"] = band_bps
    if benchmark is not None:
        changes["benchmark_id"] = get_instrument(symbol=benchmark).id if benchmark else None
    return _change(customer_id, changes, "investing.settings.change", by=by)


def set_advisor_ref(*, customer_id: UUID, advisor_ref: str, by: Actor) -> PortfolioSettings:
    """Say by which name the service outside knows a customer.

    :raises NotFound: there is no such customer
    """
    identity.get_customer(customer_id)
    return _change(customer_id, {"advisor_ref": advisor_ref}, "investing.advisor_ref.set", by=by)


def lock_portfolio(customer_id: UUID) -> None:
    """Let nobody else change a customer's portfolio until the transaction ends."""
    lock_name(f"investing.portfolio:{customer_id}")


def open_portfolio(
    *, customer_id: UUID, currency: Asset, wallet_id: UUID | None = None
) -> models.Portfolio:
    """Give a customer's portfolio in a currency, opened when there is none; the caller has locked it.

    :raises CurrencyDiffers: it is kept in another currency, and something was done in it already
    """
    row, _ = models.Portfolio.objects.get_or_create(
        customer_id=customer_id,
        defaults={"currency": str(currency), "created_at": clock.now()},
    )
    if row.currency != str(currency):
        if models.Activity.objects.filter(customer_id=customer_id).exists():
            raise CurrencyDiffers(f"It is kept in {row.currency.partition('/')[0]}.")
        row.currency = str(currency)
    if wallet_id is not None:
        row.wallet_id = wallet_id
    row.save(update_fields=["currency", "wallet_id"])
    return row


def open_holdings(
    *, customer_id: UUID, instruments: Mapping[str, Instrument], by: Actor
) -> Mapping[str, AccountId]:
    """Give the accounts of a customer's shares by symbol, opened where there are none."""
    rows = models.Holding.objects.filter(customer_id=customer_id).select_related("instrument")
    found = {row.instrument.symbol: AccountId(row.account_id) for row in rows}
    for symbol in sorted(instruments.keys() - found.keys()):
        account = ledger.open_account(
            code=f"holdings:{encode(CUSTOMER, customer_id)}:{symbol}",
            asset=instruments[symbol].asset,
            kind=AccountKind.LIABILITY,
            floor=0,
            by=by,
        )
        models.Holding.objects.create(
            customer_id=customer_id, instrument_id=instruments[symbol].id, account_id=account.id
        )
        found[symbol] = account.id
    return found


def paper_account(asset: Asset, *, by: Actor) -> AccountId:
    """Give the account of the house's side of trades: execution is on paper until there is a broker."""
    account = ledger.open_account(
        code=f"trading:paper:{asset.code}", asset=asset, kind=AccountKind.ASSET, floor=None, by=by
    )
    return account.id


def fees_account(asset: Asset, *, by: Actor) -> AccountId:
    """Give the account of what the house earns with orders of portfolios."""
    account = ledger.open_account(
        code=f"fees:portfolios:{asset.code}",
        asset=asset,
        kind=AccountKind.INCOME,
        floor=None,
        by=by,
    )
    return account.id


def _change(
    customer_id: UUID, changes: Mapping[str, object], action: str, *, by: Actor
) -> PortfolioSettings:
    with transaction.atomic():
        lock_portfolio(customer_id)
        known = get_settings(customer_id=customer_id)
        open_portfolio(customer_id=customer_id, currency=known.currency)
        if changes:
            models.Portfolio.objects.filter(customer_id=customer_id).update(**changes)
            audit.record(
                by=by,
                action=action,
                subject=encode(CUSTOMER, customer_id),
                detail={name: str(value) for name, value in changes.items()},
            )
            events.publish(SettingsChanged(customer=encode(CUSTOMER, customer_id)), by=by)
        return get_settings(customer_id=customer_id)
