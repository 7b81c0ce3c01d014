"""Read an account's statement: what it held at both ends of a period, and each move between, oldest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection

from fondaco.kit.errors import InvalidField
from fondaco.ledger.dating import ID_WINDOW, least_id
from fondaco.ledger.queries.accounts import get_accounts
from fondaco.ledger.queries.entries import entry_of
from fondaco.ledger.queries.history import (
    HistoryBroken,
    Totals,
    detached,
    find_horizon,
    find_opening,
    get_account_before,
    get_account_version,
)
from fondaco.ledger.types import Account, AccountId, Entry

CHUNK: Final = 1_000
"""Lines that are read with one statement."""
_SIDE: Final = """
    (SELECT id, debit, credit, amount, kind, step, NULL::text, {side}_version AS version, {side}_balance,
            hold_id, group_id, reference, memo, metadata, at, {side}
     FROM ledger_transfer
     WHERE {side} = %(account)s AND {side}_version > %(after)s AND {side}_version <= %(upto)s
       AND id BETWEEN %(id_min)s AND %(id_max)s
     ORDER BY {side}_version LIMIT %(limit)s)
"""
_LINES: Final = f"""
    {_SIDE.format(side="debit")} UNION ALL {_SIDE.format(side="credit")}
    ORDER BY version LIMIT %(limit)s
"""
_DATES: Final = """
    SELECT coalesce(
               (SELECT until - interval '1 day' FROM ledger_checkpoint
                WHERE account = %(account)s AND version > %(after)s ORDER BY version LIMIT 1),
               (SELECT max(until) FROM ledger_checkpoint_day),
               (SELECT created_at FROM ledger_account WHERE id = %(account)s)),
           coalesce(
               (SELECT until FROM ledger_checkpoint
                WHERE account = %(account)s AND version >= %(upto)s ORDER BY version LIMIT 1),
               '9999-01-01')
"""
"""Between which instants versions lie: a checkpoint knows it of all up to its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Choose a period by instants or by versions; what is not set is open."""

    since: datetime | None = None
    """At this instant or later."""
    until: datetime | None = None
    """Before this instant."""
    since_version: int | None = None
    """After this many transfers."""
    until_version: int | None = None
    """Up to this version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStatement:
    """Tell what an account held at both ends of a period."""

    opening: Account
    closing: Account
    since: datetime | None
    """None: from the account's beginning, or from a version on."""
    until: datetime
    """The period ends just before it."""
    is_settled: bool
    """True: the statement will never read otherwise. False: the period has not quite ended."""

    @property
    def debits(self) -> int:
        """Give what was debited in the period, in minor units."""
        return self.closing.debits_posted - self.opening.debits_posted

    @property
    def credits(self) -> int:
        """Give what was credited in the period, in minor units."""
        return self.closing.credits_posted - self.opening.credits_posted

    @property
    def transfers(self) -> int:
        """Give how many transfers touched the account in the period, holds among them."""
        return self.closing.version - self.opening.version


def get_statement(*, account_id: AccountId, period: Period, now: datetime) -> AccountStatement:
    """Give what an account held at both ends of a period.

    A period that has not ended, or not settled, is told up to the last transfer there is.

    :raises HistoryDetached: a part of the period is in the archive
    :raises InvalidField: the ends stand in the wrong order, or the account has no such version
    :raises NotFound: there is no such account
    """
    horizon = find_horizon(now=now)
    opening, closing = _opening(account_id, period), _closing(account_id, period, now)
    if closing.version < opening.version:
        raise InvalidField("The period ends before it begins.", field="to")
    opening_at = find_opening()
    if opening_at is not None and opening.version < closing.version:
        kept = get_account_before(account_id=account_id, at=opening_at)
        if opening.version < kept.version:
            raise detached(opening_at)
    return AccountStatement(
        opening=opening,
        closing=closing,
        since=period.since,
        until=min(period.until or now, now),
        is_settled=_is_settled(period, horizon),
    )


def _opening(account_id: AccountId, period: Period) -> Account:
    if period.since_version is not None:
        return get_account_version(account_id=account_id, version=period.since_version)
    if period.since is not None:
        return get_account_before(account_id=account_id, at=period.since)
    return Totals().of(get_accounts([account_id])[account_id])


def _closing(account_id: AccountId, period: Period, now: datetime) -> Account:
    if period.until_version is not None:
        return get_account_version(account_id=account_id, version=period.until_version)
    if period.until is not None and period.until <= now:
        return get_account_before(account_id=account_id, at=period.until)
    return get_accounts([account_id])[account_id]


def _is_settled(period: Period, horizon: datetime) -> bool:
    ends = period.until_version is not None or (
        period.until is not None and period.until <= horizon
    )
    return ends and (period.since is None or period.since <= horizon)


def list_lines(
    *, account_id: AccountId, after: int, upto: int, limit: int | None = None
) -> Iterator[Entry]:
    """Go through an account's transfers from after one version up to another, oldest first.

    :raises HistoryBroken: one of them is missing
    """
    last = upto if limit is None else min(upto, after + limit)
    while after < last:
        found = _chunk(account_id, after, last)
        for number, entry in enumerate(found, start=after + 1):
            if entry.version != number:
                break
            yield entry
            after = number
        else:
            if found:
                continue
        raise HistoryBroken(f"account {account_id}: its transfer of version {after + 1} is missing")


def _chunk(account_id: AccountId, after: int, last: int) -> list[Entry]:
    upto = min(last, after + CHUNK)
    arguments: dict[str, Any] = {
        "account": account_id,
        "after": after,
        "upto": upto,
        "limit": CHUNK,
    }
    with connection.cursor() as cursor:
        cursor.execute(_DATES, arguments)
        since, until = cursor.fetchone()
        bounds = {"id_min": least_id(since - ID_WINDOW), "id_max": least_id(until + ID_WINDOW)}
        cursor.execute(_LINES, arguments | bounds)
        return [entry_of(row) for row in cursor.fetchall()]
