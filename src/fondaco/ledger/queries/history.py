"""What an account held at an instant or version: the checkpoint before it, and at most one day's walk.

An answer *before* an instant counts every transfer dated before it. Transfers are dated a moment before they
commit, so an instant is answered only once it is settled: ``find_horizon`` says up to where. An answer about
a settled instant, or about a version, never changes again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from django.db import connection

from fondaco.kit.errors import DomainError, InvalidField, Kind
from fondaco.kit.options import options
from fondaco.ledger.dating import ID_WINDOW, least_id
from fondaco.ledger.queries.accounts import get_accounts
from fondaco.ledger.types import Account, AccountId

DAY: Final = timedelta(days=1)
_END_OF_TIME: Final = datetime.fromisoformat("9999-01-01T00:00:00+00:00")
VERSION_MAX: Final = 2**63 - 1

# A transaction that writes has a number, and dates its transfers after it began. One that waits for a lock
# has none yet, and dated its transfer just before its statement. Whoever only reads keeps nobody waiting.
_OLDEST_WRITER: Final = """
    SELECT coalesce(max(clock_timestamp()
        - CASE WHEN backend_xid IS NULL THEN query_start ELSE xact_start END), interval '0')
    FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
      AND (backend_xid IS NOT NULL OR (state = 'active' AND wait_event_type = 'Lock'))
"""
_AROUND: Final = """
    SELECT before.version, before.debits_posted, before.credits_posted, before.debits_pending,
           before.credits_pending, before.until, following.until,
           (SELECT max(until) FROM ledger_checkpoint_day),
           (SELECT max(until) FROM ledger_checkpoint_day WHERE until <= %(at)s),
           (SELECT max(opening_at) FROM ledger_detached),
           (SELECT created_at FROM ledger_account WHERE id = %(account)s)
    FROM (SELECT) AS nothing
    LEFT JOIN LATERAL (
        SELECT * FROM ledger_checkpoint
        WHERE account = %(account)s AND {key} <= %({key})s ORDER BY {key} DESC LIMIT 1
    ) AS before ON true
    LEFT JOIN LATERAL (
        SELECT until FROM ledger_checkpoint
        WHERE account = %(account)s AND {key} > %({key})s ORDER BY {key} LIMIT 1
    ) AS following ON true
"""
_BEFORE_INSTANT: Final = _AROUND.format(key="until")
_UP_TO_VERSION: Final = _AROUND.format(key="version")
_SIDE: Final = """
    SELECT {is_debit} AS is_debit, step, amount, {side}_version AS version, hold_id FROM ledger_transfer
    WHERE {side} = %(account)s AND {side}_version > %(after)s AND {side}_version <= %(version)s
      AND at < %(until)s AND id BETWEEN %(id_min)s AND %(id_max)s
"""
MOVED: Final = """
    coalesce(sum(leg.amount) FILTER (WHERE is_debit AND step IN ('post', 'capture')), 0),
    coalesce(sum(leg.amount) FILTER (WHERE NOT is_debit AND step IN ('post', 'capture')), 0),
    coalesce(sum(CASE step WHEN 'hold' THEN leg.amount ELSE -hold.amount END)
             FILTER (WHERE is_debit AND step <> 'post'), 0),
    coalesce(sum(CASE step WHEN 'hold' THEN leg.amount ELSE -hold.amount END)
             FILTER (WHERE NOT is_debit AND step <> 'post'), 0)
"""
"""What legs change in the four totals; a capture or void releases all of its hold."""
_WALK: Final = f"""
    SELECT count(*), max(leg.version), {MOVED}
    FROM ({_SIDE.format(side="debit", is_debit="true")}
          UNION ALL {_SIDE.format(side="credit", is_debit="false")}) AS leg
    LEFT JOIN ledger_hold AS hold ON hold.id = leg.hold_id AND leg.step IN ('capture', 'void')
"""  # noqa: S608 - the two sides are ours


_MOVED_BETWEEN: Final = """
    SELECT EXISTS (SELECT FROM ledger_checkpoint
                   WHERE account = ANY(%s::bigint[]) AND until > %s AND until <= %s)
"""


class InstantNotSettled(DomainError):
    """Say that transfers dated before the instant may still commit, so that no answer about it would last."""

    code = "instant_not_settled"
    kind = Kind.UNAVAILABLE
    title = "Transfers of this instant may still be on their way; ask again in a moment."


class HistoryDetached(DomainError):
    """Say that the answer needs transfers that were taken off the ledger's table and lie in the archive."""

    code = "history_detached"
    kind = Kind.CONFLICT
    title = "The transfers of that time lie in the archive; an operator can look them up there."


class HistoryBroken(Exception):
    """Say that an account's versions have a gap: its transfers do not lead to what it holds."""


class Totals(NamedTuple):
    """Hold an account's version and its four totals, in the order of the tables' columns."""

    version: int = 0
    debits_posted: int = 0
    credits_posted: int = 0
    debits_pending: int = 0
    credits_pending: int = 0

    def of(self, account: Account) -> Account:
        """Give the account as it was with these totals; its flags and floor are those of today."""
        return replace(account, **self._asdict())


@dataclass(frozen=True, slots=True)
class _Around:
    """Hold what is known around a place in an account's history."""

    totals: Totals
    """At the checkpoint before it; zero when there is none."""
    since: datetime
    """No transfer after that checkpoint, up to the place, is dated before this."""
    until: datetime
    """Those up to the place are dated before this."""
    is_still: bool
    """True: nothing moved between the checkpoint and the place."""
    opening_at: datetime | None
    """From when on the table holds all transfers; none: all of them."""


def find_horizon(*, now: datetime) -> datetime:
    """Give the latest instant that is settled: no transfer dated before it will appear any more."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # a transaction sees what it saw first
        cursor.execute(_OLDEST_WRITER)
        age: timedelta = cursor.fetchone()[0]
    behind = max(age, timedelta()) + timedelta(milliseconds=options().ledger_horizon_ms)
    return now - behind


def require_settled(at: datetime, /, *, now: datetime, field: str = "at") -> None:
    """Let an instant pass about which an answer lasts.

    :raises InvalidField: it lies in the future
    :raises InstantNotSettled: transfers dated before it may still commit
    """
    if at > now:
        raise InvalidField("Choose an instant in the past.", field=field)
    if at > find_horizon(now=now):
        raise InstantNotSettled(field=field, retry_after_s=1)


def get_account_before(*, account_id: AccountId, at: datetime) -> Account:
    """Give an account as it was just before an instant; see ``require_settled``.

    :raises HistoryDetached: the transfers of that day are in the archive
    :raises NotFound: there is no such account
    """
    account = get_accounts([account_id])[account_id]
    arguments = {"account": account_id, "until": at, "at": at, "version": VERSION_MAX}
    return _walk(_around(_BEFORE_INSTANT, arguments), arguments).of(account)


def get_account_version(*, account_id: AccountId, version: int) -> Account:
    """Give an account as it was after so many transfers.

    :raises HistoryDetached: the transfers of that day are in the archive
    :raises InvalidField: it has not had so many
    :raises NotFound: there is no such account
    """
    account = get_accounts([account_id])[account_id]
    if not 0 <= version <= account.version:
        raise InvalidField(f"The account has the versions 0 to {account.version}.", field="version")
    arguments = {"account": account_id, "until": _END_OF_TIME, "at": _END_OF_TIME}
    arguments["version"] = version
    around = _around(_UP_TO_VERSION, arguments)
    if around.totals.version == version:
        return around.totals.of(account)
    return _walk(around, arguments).of(account)


def find_opening() -> datetime | None:
    """Give the instant from which on the table holds all transfers; none: it holds all that ever were."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(opening_at) FROM ledger_detached")
        (opening_at,) = cursor.fetchone()
    found: datetime | None = opening_at
    return found


def refuse_detached(*, account_ids: Sequence[AccountId], since: datetime) -> None:
    """Let pass whoever asks from an instant on for which the table holds all transfers of the accounts.

    :raises HistoryDetached: one of them moved between the instant and the table's beginning
    """
    opening_at = find_opening()
    if opening_at is None or since >= opening_at or not account_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(_MOVED_BETWEEN, [list(account_ids), since, opening_at])
        if cursor.fetchone()[0]:
            raise detached(opening_at)


def detached(opening_at: datetime) -> HistoryDetached:
    """Make the refusal, with the instant from which on there are answers."""
    return HistoryDetached(facts={"available_from": opening_at.isoformat()})


def _around(statement: str, arguments: dict[str, Any]) -> _Around:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        row: Sequence[Any] = cursor.fetchone()
    totals = Totals._make(int(number or 0) for number in row[:5])
    before, following, done, done_before, opening_at, created_at = row[5:]
    at = arguments["at"]
    if following is not None:
        # Days are done one after the other, so what a checkpoint adds happened within the day before it.
        return _Around(totals, following - DAY, following, at <= following - DAY, opening_at)
    since = max(found for found in (before, done_before, created_at) if found is not None)
    return _Around(totals, since, at, done is not None and at <= done, opening_at)


def _walk(around: _Around, arguments: dict[str, Any]) -> Totals:
    """Add what moved after the checkpoint.

    The two ends of the ids let PostgreSQL leave out all partitions but one or two.
    """
    if around.is_still:
        return around.totals
    if around.opening_at is not None and around.since < around.opening_at:
        raise detached(around.opening_at)
    return add_moves(
        account_id=arguments["account"],
        to=around.totals,
        version=arguments["version"],
        since=around.since,
        until=min(around.until, arguments["at"]),
    )


def add_moves(
    *,
    account_id: AccountId,
    to: Totals,
    since: datetime,
    until: datetime,
    version: int = VERSION_MAX,
) -> Totals:
    """Add to totals what moved after them, up to a version, dated from one instant until before another.

    :raises HistoryBroken: transfers between are missing
    :raises HistoryDetached: they have just been taken off the table
    """
    bounds: dict[str, Any] = {
        "account": account_id,
        "after": to.version,
        "version": version,
        "until": until,
        "id_min": least_id(since - ID_WINDOW),
        "id_max": least_id(until + ID_WINDOW),
    }
    with connection.cursor() as cursor:
        cursor.execute(_WALK, bounds)
        count, last, *moved = cursor.fetchone()
    if count and last != to.version + count:
        opening_at = find_opening()
        if opening_at is not None and since < opening_at:
            raise detached(opening_at)
        raise HistoryBroken(f"account {account_id}: transfers before version {last} are missing")
    return Totals._make(int(number) + old for number, old in zip((count, *moved), to, strict=True))
