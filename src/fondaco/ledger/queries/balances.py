"""Go through what all accounts hold."""

from collections.abc import Iterator
from typing import Final

from django.db import connection

from fondaco.kit.django.snapshots import stream
from fondaco.ledger.types import AccountId, AccountKind
from fondaco.money import Asset, Money

_BALANCES: Final = """
    SELECT account.id, account.code, asset.code, asset.scale, credits_posted - debits_posted
    FROM ledger_account AS account JOIN ledger_asset AS asset ON asset.id = account.asset_id
    WHERE account.kind = 'liability' ORDER BY account.id
"""
_STANDINGS: Final = """
    SELECT asset, scale, place, kind, sum(greatest(net, 0)), sum(greatest(-net, 0)), sum(held)
    FROM (
        SELECT asset.code AS asset, asset.scale, account.kind, credits_posted - debits_posted AS net,
               CASE WHEN account.kind IN ('asset', 'expense') THEN credits_pending
                    ELSE debits_pending END AS held,
               CASE WHEN split_part(account.code, ':', 1) IN ('wallets', 'custom')
                         THEN split_part(account.code, ':', 1)
                    WHEN split_part(account.code, ':', 2) IN ('', asset.code)
                         THEN split_part(account.code, ':', 1)
                    ELSE split_part(account.code, ':', 1) || ':' || split_part(account.code, ':', 2)
               END AS place
        FROM ledger_account AS account JOIN ledger_asset AS asset ON asset.id = account.asset_id
    ) AS standing
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 3, 4
"""


def stream_liabilities() -> Iterator[tuple[AccountId, str, Money]]:
    """Go through all liability accounts with code and posted balance, within an open transaction."""
    for id_, code, asset, scale, net in stream("ledger_balances", _BALANCES):
        yield AccountId(id_), code, Money(int(net), Asset(asset, scale))


def sum_standings() -> Iterator[tuple[Asset, str, AccountKind, int, int, int]]:
    """Sum what stands on accounts by asset, kind and the first two parts of their codes without the asset.

    Gives asset, parts, kind, what stands on the credit side, what stands on the debit side, and what open
    holds may take out. Wallets and bare ledgers are one group each, since there may be millions of them.
    """
    with connection.cursor() as cursor:
        cursor.execute(_STANDINGS)
        for code, scale, group, kind, credit, debit, held in cursor.fetchall():
            yield Asset(code, scale), group, AccountKind(kind), int(credit), int(debit), int(held)
