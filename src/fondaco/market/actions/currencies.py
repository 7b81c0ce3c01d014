"""Add currencies, and say what they are for."""

from collections.abc import Iterable

from django.db import transaction

from fondaco.audit import actions as audit
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django import events
from fondaco.kit.errors import InvalidField, NotFound
from fondaco.ledger.actions import declare_asset
from fondaco.market import models
from fondaco.market.actions.editions import next_edition
from fondaco.market.errors import CurrencyDiffers
from fondaco.market.events import CurrencyChanged
from fondaco.market.rows import show_currency
from fondaco.market.states import CurrencyKind, CurrencyUse
from fondaco.market.types import MarketCurrency, NewCurrency
from fondaco.market.versions import check_version


def add_currency(*, new: NewCurrency, by: Actor) -> MarketCurrency:
    """Let the house know a currency; its accounts can count it from now on.

    :raises CurrencyDiffers: the code is taken
    :raises AssetDiffers: the ledger counts this code with another scale, which can never change
    :raises InvalidField: a token without a network, or a network without a token
    """
    _check_network(new)
    with transaction.atomic():
        declare_asset(asset=new.asset, by=by)
        row, is_new = models.Currency.objects.get_or_create(
            code=new.asset.code, defaults={**_columns(new), "created_at": clock.now()}
        )
        if not is_new:
            raise CurrencyDiffers(field="code")
        _note(row, by=by, action="market.currency.add")
    return show_currency(row)


def change_currency(
    *,
    code: str,
    name: str,
    uses: Iterable[CurrencyUse],
    is_enabled: bool,
    version: int,
    by: Actor,
) -> MarketCurrency:
    """Say what a currency is called and what it is for; its scale, network and contract never change.

    :raises NotFound: the house knows no such currency
    :raises Outdated: somebody else has changed it meanwhile
    """
    with transaction.atomic():
        row = models.Currency.objects.select_for_update(no_key=True).filter(code=code).first()
        if row is None:
            raise NotFound
        check_version(seen=version, present=row.version)
        row.name, row.is_enabled = name, is_enabled
        row.uses = sorted(use.value for use in set(uses))
        row.version += 1
        row.save(update_fields=["name", "uses", "is_enabled", "version"])
        _note(row, by=by, action="market.currency.change")
    return show_currency(row)


def _columns(new: NewCurrency) -> dict[str, object]:
    return {
        "name": new.name,
        "kind": new.kind,
        "network": new.network,
        "contract": new.contract,
        "scale": new.asset.scale,
        "uses": sorted(use.value for use in new.uses),
    }


def _check_network(new: NewCurrency) -> None:
    is_token = new.kind == CurrencyKind.TOKEN
    if is_token != bool(new.network) or (new.contract and not is_token):
        raise InvalidField("A token has a network, and nothing else has one.", field="network")


def _note(row: models.Currency, *, by: Actor, action: str) -> None:
    detail = {"uses": row.uses, "is_enabled": row.is_enabled, "name": row.name}
    audit.record(by=by, action=action, subject=row.code, detail=detail)
    events.publish(CurrencyChanged(code=row.code, is_enabled=row.is_enabled), by=by)
    next_edition()
