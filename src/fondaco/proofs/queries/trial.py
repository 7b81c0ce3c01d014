"""The trial balance: what all accounts held before an instant, summed up by asset, kind and group.

It starts from the checkpoints of the last midnight and adds what moved since, in one statement.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction

from fondaco.ledger.dating import ID_WINDOW, least_id
from fondaco.ledger.queries.history import MOVED, detached
from fondaco.ledger.types import AccountKind
from fondaco.money import Asset, Money, Total

_NO_TIMEOUT: Final = "SET LOCAL statement_timeout = 0"
_MIDNIGHT: Final = """
    SELECT (SELECT max(until) FROM ledger_checkpoint_day WHERE until <= %s),
           (SELECT max(opening_at) FROM ledger_detached), (SELECT min(created_at) FROM ledger_account)
"""
_SIDE: Final = """
    SELECT {side} AS account, {is_debit} AS is_debit, step, amount, hold_id FROM ledger_transfer
    WHERE at >= %(since)s AND at < %(until)s AND id BETWEEN %(id_min)s AND %(id_max)s
"""
_TOTALS: Final = f"""
    WITH moved AS (
        SELECT leg.account, {MOVED}
        FROM ({_SIDE.format(side="debit", is_debit="true")}
              UNION ALL {_SIDE.format(side="credit", is_debit="false")}) AS leg
        LEFT JOIN ledger_hold AS hold ON hold.id = leg.hold_id AND leg.step IN ('capture', 'void')
        GROUP BY leg.account
    )
    SELECT asset.code, asset.scale, account.kind, split_part(account.code, ':', 1), count(*),
           sum(coalesce(kept.debits_posted, 0) + coalesce(moved.dp, 0)),
           sum(coalesce(kept.credits_posted, 0) + coalesce(moved.cp, 0)),
           sum(coalesce(kept.debits_pending, 0) + coalesce(moved.dh, 0)),
           sum(coalesce(kept.credits_pending, 0) + coalesce(moved.ch, 0))
    FROM ledger_account AS account
    JOIN ledger_asset AS asset ON asset.id = account.asset_id
    LEFT JOIN LATERAL (
        SELECT * FROM ledger_checkpoint
        WHERE account = account.id AND until <= %(midnight)s ORDER BY until DESC LIMIT 1
    ) AS kept ON true
    LEFT JOIN moved AS moved (account, dp, cp, dh, ch) ON moved.account = account.id
    WHERE kept.account IS NOT NULL OR moved.account IS NOT NULL
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 3, 4
"""  # noqa: S608 - the two sides are ours


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialLine:
    """Sum the accounts of one asset and kind whose codes begin with the same word."""

    asset: Asset
    kind: AccountKind
    group: str
    """The first word of the codes, such as ``wallets``; empty for a sum over all groups."""
    accounts: int
    debits: Money
    """All that was ever debited and posted."""
    credits: Money
    held: Money
    """What open holds may take out."""

    @property
    def net(self) -> Money:
        """Give the balance: positive on the debit side, negative on the credit side."""
        return self.debits - self.credits


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetTrial:
    """Sum up one asset."""

    asset: Asset
    kinds: Sequence[TrialLine]
    """A subtotal for each kind of account."""
    lines: Sequence[TrialLine]
    """The groups of all kinds."""

    @property
    def debits(self) -> Money:
        """Give what was debited in all."""
        return sum((line.debits for line in self.kinds), Total.zero(self.asset))

    @property
    def credits(self) -> Money:
        """Give what was credited in all."""
        return sum((line.credits for line in self.kinds), Total.zero(self.asset))

    @property
    def is_balanced(self) -> bool:
        """Tell whether debits equal credits, as they must."""
        return self.debits == self.credits


def get_trial_balance(*, at: datetime) -> list[AssetTrial]:
    """Sum up all accounts that moved before an instant, by asset; see ``require_settled``.

    :raises HistoryDetached: the transfers of that day are in the archive
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_NO_TIMEOUT)
        cursor.execute(_MIDNIGHT, [at])
        midnight, opening_at, first = cursor.fetchone()
        since = midnight or first or at
        if opening_at is not None and since < opening_at and at != midnight:
            raise detached(opening_at)
        bounds = {
            "since": since if midnight else datetime.fromisoformat("1970-01-01T00:00:00+00:00"),
            "until": at,
            "midnight": midnight,
            "id_min": least_id(since - ID_WINDOW),
            "id_max": least_id(at + ID_WINDOW),
        }
        cursor.execute(_TOTALS, bounds)
        return list(_trials([_line(row) for row in cursor.fetchall()]))


def _trials(lines: Iterable[TrialLine]) -> Iterable[AssetTrial]:
    by_asset: dict[Asset, dict[AccountKind, list[TrialLine]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for line in lines:
        by_asset[line.asset][line.kind].append(line)
    for asset, kinds in by_asset.items():
        yield AssetTrial(
            asset=asset,
            kinds=[_subtotal(asset, kind, kinds) for kind in AccountKind if kind in kinds],
            lines=[line for kind in AccountKind for line in kinds.get(kind, ())],
        )


def _subtotal(
    asset: Asset, kind: AccountKind, kinds: Mapping[AccountKind, Sequence[TrialLine]]
) -> TrialLine:
    zero, lines = Total.zero(asset), kinds[kind]
    return TrialLine(
        asset=asset,
        kind=kind,
        group="",
        accounts=sum(line.accounts for line in lines),
        debits=sum((line.debits for line in lines), zero),
        credits=sum((line.credits for line in lines), zero),
        held=sum((line.held for line in lines), zero),
    )


def _line(row: Sequence[Any]) -> TrialLine:
    code, scale, kind, group, accounts, *sums = row
    asset, kind = Asset(code, scale), AccountKind(kind)
    debits, credits_, debits_pending, credits_pending = (Total(int(one), asset) for one in sums)
    return TrialLine(
        asset=asset,
        kind=kind,
        group=group,
        accounts=accounts,
        debits=debits,
        credits=credits_,
        held=credits_pending if kind.is_debit_normal else debits_pending,
    )
