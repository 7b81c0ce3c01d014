"""Write down what each account held at midnight (UTC), for the accounts that moved on the day before.

Days are done one after the other, each whole, in a transaction of its own. A day is done once it is settled,
so a checkpoint never has to be mended. Doing a day again finds it done.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction

from fondaco.kit import clock
from fondaco.ledger.dating import ID_WINDOW, least_id
from fondaco.ledger.queries.history import DAY, MOVED, Totals, add_moves, find_horizon
from fondaco.ledger.types import AccountId

LATE_MAX: Final = timedelta(days=7)
"""How far back a clock may have been set for its transfers to be found all the same."""
_LOCK: Final = (
    "SELECT pg_advisory_xact_lock(hashtext('ledger_checkpoints'), hashtext(current_schema()))"
)
_NO_TIMEOUT: Final = "SET LOCAL statement_timeout = 0"
_LAST: Final = "SELECT max(until) FROM ledger_checkpoint_day"
_FIRST: Final = """
    SELECT at FROM ledger_transfer WHERE id BETWEEN %s AND %s ORDER BY at LIMIT 1
"""
_FIRST_ID: Final = "SELECT id FROM ledger_transfer ORDER BY id LIMIT 1"
_SIDE: Final = """
    SELECT {side} AS account, {side}_version AS version, {is_debit} AS is_debit, step, amount, hold_id
    FROM ledger_transfer WHERE at >= %(since)s AND at < %(until)s AND id BETWEEN %(id_min)s AND %(id_max)s
"""
_ADD: Final = f"""
    WITH moved AS (
        SELECT leg.account, count(*) AS times, max(leg.version) AS version, {MOVED}
        FROM ({_SIDE.format(side="debit", is_debit="true")}
              UNION ALL {_SIDE.format(side="credit", is_debit="false")}) AS leg
        LEFT JOIN ledger_hold AS hold ON hold.id = leg.hold_id AND leg.step IN ('capture', 'void')
        GROUP BY leg.account
    ), following AS (
        SELECT moved.account, moved.version, coalesce(last.version, 0) + times AS expected,
               coalesce(last.debits_posted, 0) + dp AS debits_posted,
               coalesce(last.credits_posted, 0) + cp AS credits_posted,
               coalesce(last.debits_pending, 0) + dh AS debits_pending,
               coalesce(last.credits_pending, 0) + ch AS credits_pending
        FROM moved AS moved (account, times, version, dp, cp, dh, ch)
        LEFT JOIN LATERAL (
            SELECT * FROM ledger_checkpoint WHERE account = moved.account ORDER BY version DESC LIMIT 1
        ) AS last ON true
    ), added AS (
        INSERT INTO ledger_checkpoint (account, version, until, debits_posted, credits_posted,
                                       debits_pending, credits_pending)
        SELECT account, version, %(until)s, debits_posted, credits_posted, debits_pending, credits_pending
        FROM following WHERE version = expected
    )
    SELECT count(*), array_agg(account) FILTER (WHERE version <> expected) FROM following
"""  # noqa: S608 - the two sides are ours
_DONE: Final = "INSERT INTO ledger_checkpoint_day (until, accounts, made_at) VALUES (%s, %s, %s)"


_LAST_OF: Final = """
    SELECT version, debits_posted, credits_posted, debits_pending, credits_pending
    FROM ledger_checkpoint WHERE account = %s ORDER BY version DESC LIMIT 1
"""
_ADD_ONE: Final = """
    INSERT INTO ledger_checkpoint
        (until, account, version, debits_posted, credits_posted, debits_pending, credits_pending)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
"""


def make_checkpoints() -> list[datetime]:
    """Make the checkpoints of all settled midnights that lack them, oldest first; gives those midnights.

    :raises HistoryBroken: transfers of an account are missing
    """
    return list(_make_days(find_horizon(now=clock.now())))


def _make_days(horizon: datetime) -> Iterator[datetime]:
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_LOCK)
            cursor.execute(_NO_TIMEOUT)
            until = _find_next(cursor)
            if until is None or until > horizon:
                return
            _make_day(cursor, until)
        yield until


def _find_next(cursor: Any) -> datetime | None:
    """Give the midnight that is next; for the first one, that after the first transfer of all."""
    cursor.execute(_LAST)
    (last,) = cursor.fetchone()
    if last is not None:
        following: datetime = last + DAY
        return following
    cursor.execute(_FIRST_ID)
    found = cursor.fetchone()
    if found is None:
        return None
    begun = datetime.fromtimestamp((found[0].int >> 80) / 1000, tz=clock.now().tzinfo)
    cursor.execute(_FIRST, [least_id(begun - ID_WINDOW), least_id(begun + 2 * ID_WINDOW)])
    (at,) = cursor.fetchone()
    midnight: datetime = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + DAY


def _make_day(cursor: Any, until: datetime) -> None:
    since = until - DAY
    cursor.execute(
        _ADD,
        {
            "since": since,
            "until": until,
            "id_min": least_id(since - ID_WINDOW),
            "id_max": least_id(until + ID_WINDOW),
        },
    )
    count, uneven = cursor.fetchone()
    for account in uneven or ():
        _make_one(cursor, AccountId(account), until)
    cursor.execute(_DONE, [until, count, clock.now()])


def _make_one(cursor: Any, account_id: AccountId, until: datetime) -> None:
    """Make the checkpoint of an account with transfers that came later than a clock that was set back allows.

    They are dated before the last midnight though its checkpoint does not know them, so the version decides.
    """
    cursor.execute(_LAST_OF, [account_id])
    last = Totals._make(int(number) for number in cursor.fetchone() or Totals())
    found = add_moves(account_id=account_id, to=last, since=until - LATE_MAX, until=until)
    cursor.execute(_ADD_ONE, [until, account_id, *found])
