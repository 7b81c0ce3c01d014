"""Go through what all accounts hold."""

from collections.abc import Iterator
from typing import Final

from fondaco.kit.django.snapshots import stream
from fondaco.ledger.types import AccountId
from fondaco.money import Asset, Money

_BALANCES: Final = """
    SELECT account.id, account.code, asset.code, asset.scale, credits_posted - debits_posted
    FROM ledger_account AS account JOIN ledger_asset AS asset ON asset.id = account.asset_id
    WHERE account.kind = 'liability' ORDER BY account.id
"""


def stream_liabilities() -> Iterator[tuple[AccountId, str, Money]]:
    """Go through all liability accounts with code and posted balance, within an open transaction."""
    for id_, code, asset, scale, net in stream("ledger_balances", _BALANCES):
        yield AccountId(id_), code, Money(int(net), Asset(asset, scale))
