"""Fields that several forms about money share, and what customers may choose in them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as said

from fondaco.kit.access import STAFF, Role
from fondaco.kit.errors import NotFound
from fondaco.kit.ids import InvalidId, decode
from fondaco.money import Asset
from fondaco.wallets.actions.currencies import default_asset
from fondaco.wallets.queries.assets import get_asset
from fondaco.wallets.queries.wallets import get_wallet_by_reference, list_wallets
from fondaco.wallets.states import WalletState
from fondaco.wallets.types import WALLET, Wallet

CUSTOMERS: Final = tuple(role for role in Role if role not in STAFF)
PER_PAGE: Final = 25
SUMMARY_MAX: Final = 140
_WALLETS_SHOWN: Final = 50


def amount_field(**more: Any) -> forms.CharField:
    """Take an amount as it is written by people."""
    widget = forms.TextInput(attrs={"inputmode": "decimal", "placeholder": "0.00"})
    return forms.CharField(**{"label": said("Amount"), "max_length": 40, "widget": widget, **more})


def currency_field(**more: Any) -> forms.CharField:
    """Take a currency's code."""
    widget = forms.TextInput(attrs={"autocapitalize": "characters", "spellcheck": "false"})
    return forms.CharField(
        **{"label": said("Currency"), "max_length": 16, "widget": widget, **more}
    )


def date_field(**more: Any) -> forms.DateField:
    """Take a day."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(**{"required": False, "widget": widget, **more})


def asset_named(code: str) -> Asset:
    """Give the currency that somebody wrote, in whatever case.

    :raises UnknownCurrency: the house has none of this code
    """
    return get_asset(code=code.strip().upper()) if code.strip() else default_asset()


def open_wallets(customer_id: UUID) -> Sequence[Wallet]:
    """Give the wallets that a customer may pay from, oldest first."""
    found = list_wallets(
        customer_id=customer_id, state=WalletState.OPEN, limit=_WALLETS_SHOWN
    ).items
    return list(reversed(found))


def wallet_choices(wallets: Sequence[Wallet]) -> list[tuple[str, str]]:
    """Name wallets for a list to choose from: each with what it holds."""
    return [(one.wire_id, _named(one)) for one in wallets]


def id_in_path(prefix: str, text: str) -> UUID:
    """Read an identifier from a page's address.

    :raises NotFound: it is none
    """
    try:
        return decode(prefix, text)
    except InvalidId:
        raise NotFound from None


def wallet_in_path(reference: str, *, customer_id: UUID) -> Wallet:
    """Give a customer's wallet by its identifier.

    Not by its token: whoever has that may charge it, and addresses get into logs and histories.

    :raises NotFound: there is none, or it is another customer's
    """
    id_in_path(WALLET, reference)
    return get_wallet_by_reference(reference=reference, customer_id=customer_id)


def day_begins(day: date | None) -> datetime | None:
    """Give a day's first instant."""
    return None if day is None else datetime.combine(day, time.min, tzinfo=UTC)


def day_ends(day: date | None) -> datetime | None:
    """Give the first instant after a day."""
    return None if day is None else datetime.combine(day, time.min, tzinfo=UTC) + timedelta(days=1)


def _named(wallet: Wallet) -> str:
    held = ", ".join(
        f"{one.available.to_text()} {one.total.asset.code}" for one in wallet.balances[:3]
    )
    label = wallet.label or str(said("Wallet"))
    return f"{label} ({held})" if held else label
