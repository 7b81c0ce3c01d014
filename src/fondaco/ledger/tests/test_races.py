"""Real threads against each other: nothing lost, nothing below a floor, no deadlock that reaches anybody."""

import os
import random
from collections import Counter
from functools import partial
from typing import Any, Final

import psycopg
import pytest
from django.db import connection, transaction

from fondaco.kit.django import tenancy
from fondaco.kit.django.locks import retrying
from fondaco.ledger import actions, queries
from fondaco.ledger.tests.books import (
    BY,
    account,
    at_once,
    balance,
    between,
    end,
    give,
    give_each,
    hold,
    move,
    open_wallet,
    post,
    results,
)
from fondaco.ledger.types import Result, Step, Transfer
from fondaco.ledger.verify import verify

pytestmark = [pytest.mark.usefixtures("tenant"), pytest.mark.drill]

SCALE: Final = float(os.environ.get("DRILL_SCALE", "0.1"))


class TestRaces:
    """Posting at the same time."""

    @pytest.mark.parametrize("size", [50, 80])
    def test_over_poor_accounts_keep_every_promise(self, size: int, fresh_tenant: Any) -> None:
        """8 connections, batches below and above the border of optimism, 200 accounts of 500 units each."""
        with tenancy.scope(fresh_tenant().name):
            wallets = [open_wallet() for _ in range(200)]
            give_each(wallets, 500)

            def trade(number: int) -> Counter[Result]:
                chance = random.Random(number)
                done: Counter[Result] = Counter()
                for _ in range(max(2, int(60 * SCALE))):
                    batch = [
                        between(chance.sample(wallets, 2), chance.randint(1, 400))
                        for _ in range(size)
                    ]
                    done.update(outcome.result for outcome in retrying(partial(post, *batch)))
                return done

            counted: Counter[Result] = sum(at_once(trade, threads=8), Counter())
            assert set(counted) == {Result.POSTED, Result.INSUFFICIENT_FUNDS}
            accounts = queries.get_accounts(wallets).values()
            assert sum(one.posted.minor for one in accounts) == 200 * 500
            assert min(one.posted.minor for one in accounts) >= 0
            assert sum(one.version for one in accounts) == 200 + 2 * counted[Result.POSTED]
            found = verify()
            assert (found.difference, found.totals["USD"]) == (None, found.totals["USD"])
            assert found.legs == 2 * (200 + counted[Result.POSTED])

    def test_let_no_deadlock_reach_two_who_pay_each_other(self) -> None:
        """Locks are taken in one order, whatever the direction of the payment."""
        one, other = open_wallet(), open_wallet()
        give_each([one, other], 10_000)
        before = _deadlocks()

        def pay(number: int) -> int:
            sides = (one, other) if number % 2 else (other, one)
            paid = 0
            for _ in range(max(10, int(1250 * SCALE))):
                paid += post(between(sides, 1))[0].is_done
                paid += actions.submit([between(sides, 1)], by=BY).outcomes[0].is_done
            return paid

        paid = sum(at_once(pay, threads=8))
        assert paid == 8 * 2 * max(10, int(1250 * SCALE))
        assert balance(one) == balance(other) == 10_000
        assert account(one).version == paid + 1
        assert _deadlocks() == before

    def test_let_the_last_money_go_once(self) -> None:
        """32 threads ask for the last ten units; ten get one."""
        payer, payee = open_wallet(), open_wallet()
        give(payer, 10)
        got = at_once(lambda _number: results(move(payer, payee, 1))[0], threads=32)
        assert Counter(got) == {Result.POSTED: 10, Result.INSUFFICIENT_FUNDS: 22}
        assert (balance(payer), balance(payee)) == (0, 10)
        entries = queries.list_entries(account_ids=[payer], limit=100).items
        assert sum(not entry.is_done for entry in entries) == 22

    def test_end_a_hold_once(self) -> None:
        """Captures and voids race; one of them wins."""
        payer, payee = open_wallet(), open_wallet()
        give(payer, 10)
        held = hold(payer, payee, 10)
        post(held)

        def finish(number: int) -> Result:
            asked = end(held, Step.CAPTURE if number % 2 else Step.VOID)
            if number % 3:
                return actions.submit([asked], by=BY).outcomes[0].result
            return results(asked)[0]

        got = Counter(at_once(finish, threads=12))
        assert got[Result.POSTED] + got[Result.VOIDED] == 1
        assert balance(payer) == (0 if got[Result.POSTED] else 10)
        assert account(payer).held.minor == 0

    def test_take_the_same_id_once(self) -> None:
        """The same transfer from many threads, each in a transaction of its own."""
        payer, payee = open_wallet(), open_wallet()
        give(payer, 100)
        asked = move(payer, payee, 10)

        def pay(number: int) -> Result:
            if number % 2:
                return actions.submit([asked], by=BY).outcomes[0].result
            return retrying(lambda: results(asked))[0]

        assert Counter(at_once(pay, threads=12)) == {Result.POSTED: 1, Result.EXISTS: 11}
        assert balance(payee) == 10

    def test_take_one_id_for_two_contents_once(self) -> None:
        """Two transfers of one id between different accounts: one is posted, the other told so."""
        wallets = [open_wallet() for _ in range(8)]
        give_each(wallets, 10)
        first = move(wallets[0], wallets[1], 1)

        def pay(number: int) -> Result:
            asked = first._replace(debit=wallets[2 * number], credit=wallets[2 * number + 1])
            return retrying(lambda: results(asked), tries=6)[0]

        assert Counter(at_once(pay, threads=4)) == {Result.POSTED: 1, Result.EXISTS_DIFFERENT: 3}

    def test_see_a_freeze_between_batches(self) -> None:
        """Once freezing has committed, nothing more is posted."""
        payer, payee = open_wallet(), open_wallet()
        give(payer, 100_000)

        def act(number: int) -> int:
            if number == 0:
                actions.freeze_account(account_id=payer, by=BY)
                return account(payer).version
            for _ in range(20):
                post(*[move(payer, payee, 1) for _ in range(number * 20)])
            return 0

        versions = at_once(act, threads=6)
        assert account(payer).version == versions[0]

    def test_undo_large_batches_whole_when_they_collide(self) -> None:
        """Large batches over the same accounts start from what is remembered, and find out."""
        wallets = [open_wallet() for _ in range(4)]
        give_each(wallets, 1_000_000)

        def trade(number: int) -> int:
            chance = random.Random(number)
            done = 0
            for _ in range(6):
                batch: list[Transfer] = [between(chance.sample(wallets, 2), 1) for _ in range(100)]
                done += sum(outcome.is_done for outcome in retrying(partial(post, *batch)))
            return done

        assert sum(at_once(trade, threads=6)) == 6 * 6 * 100
        accounts = queries.get_accounts(wallets).values()
        assert sum(one.version for one in accounts) == 4 + 2 * 3600


def _deadlocks() -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


class TestPlans:
    """The order in which rows are locked."""

    def test_follows_the_ids(self, superuser_connection: "psycopg.Connection[Any]") -> None:
        """The function's settings leave the planner one way: the key's index and the arrays, merged."""
        superuser_connection.execute("SET search_path = t_alpha")
        settings = ("enable_hashjoin", "enable_nestloop", "enable_seqscan", "enable_bitmapscan")
        for setting in settings:
            superuser_connection.execute(f"SET {setting} = off")
        plan = superuser_connection.execute(
            "EXPLAIN UPDATE ledger_account AS account SET version = given.after"
            " FROM (SELECT unnest('{1,2,3}'::bigint[]) AS id, unnest('{1,2,3}'::bigint[]) AS after) AS given"
            " WHERE account.id = given.id AND account.id = ANY('{1,2,3}'::bigint[])"
        ).fetchall()
        lines = [line.strip() for (line,) in plan]
        assert lines[1].startswith("->  Merge Join")
        assert any("Index Scan using ledger_account_pkey" in line for line in lines[2:])
        assert not any("Sort Key: account" in line for line in lines)
        (kept,) = superuser_connection.execute(
            "SELECT proconfig FROM pg_proc WHERE proname = 'ledger_settle'"
            " AND pronamespace = 't_alpha'::regnamespace"
        ).fetchone() or ([],)
        assert {f"{setting}=off" for setting in settings} <= set(kept)
