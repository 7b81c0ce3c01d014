"""Reads of who works for the house, and of the house as a whole."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from fondaco.identity import queries as identity
from fondaco.identity.types import User
from fondaco.journal.queries.sums import BalanceSum, sum_balances
from fondaco.ledger.types import AccountKind
from fondaco.money import Asset, Money
from fondaco.operators.types import PlatformTotal

_WALLETS: Final = "wallets:"
_FUNDS: Final = "providers:"


def list_operators() -> list[User]:
    """List the house's own people, dismissed ones included, oldest first."""
    return identity.list_staff()


def list_platform_totals() -> Sequence[PlatformTotal]:
    """Give for each currency what is owed and held, and what explains the difference."""
    by_asset: dict[Asset, list[BalanceSum]] = defaultdict(list)
    for one in sum_balances(folded=_WALLETS):
        by_asset[one.posted.asset].append(one)
    return [
        _total(asset, sums)
        for asset, sums in sorted(by_asset.items(), key=lambda item: item[0].code)
    ]


def _total(asset: Asset, sums: Sequence[BalanceSum]) -> PlatformTotal:
    obligations = Money.zero(asset)
    funds: dict[str, Money] = {}
    other: dict[str, Money] = {}
    for one in sums:
        if one.code == _WALLETS:
            obligations += one.posted
        elif one.kind is AccountKind.ASSET and one.code.startswith(_FUNDS):
            funds[one.code] = one.posted
        else:
            other[one.code] = -one.posted if one.kind.is_debit_normal else one.posted
    return PlatformTotal(obligations=obligations, funds=funds, other=other)
