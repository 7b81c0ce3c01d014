"""The short form of one posting against the state machine: the same results, totals and rows."""

import random
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction

from fondaco.kit import clock
from fondaco.kit.django.script import Script
from fondaco.kit.ids import uuid7
from fondaco.ledger import actions, models, reading, rows, store
from fondaco.ledger.engine import Book
from fondaco.ledger.memory import Memory
from fondaco.ledger.tests.books import (
    BY,
    KIND,
    account,
    give,
    hold,
    move,
    open_bank,
    open_wallet,
    post,
    results,
)
from fondaco.ledger.types import AccountId, Outcome, Result, Step, Transfer, TransferId
from fondaco.money import Asset

pytestmark = pytest.mark.usefixtures("tenant")

EUR: Final = Asset("EUR", 2)
MAX: Final = 10**39 - 1


def accounts() -> list[AccountId]:
    """Open one account of each sort, some with money, holds, and states."""
    poor, rich, low, frozen, closed = (open_wallet() for _ in range(5))
    vault = open_bank()
    give(rich, 1000)
    give(frozen, 50)
    post(hold(rich, poor, 300), move(vault, low, 20), move(open_wallet(floor=None), vault, 5))
    actions.set_floor(account_id=low, floor=-15, by=BY)
    actions.set_floor(account_id=vault, floor=-4, by=BY)
    actions.freeze_account(account_id=frozen, by=BY)
    actions.close_account(account_id=closed, by=BY)
    full = open_wallet(floor=None)
    post(move(full, open_wallet(), MAX))
    return [poor, rich, low, frozen, closed, vault, full, open_wallet(asset=EUR), AccountId(0)]


def decide(transfer: Transfer) -> tuple[Outcome, list[int]]:
    """Ask the state machine, and change nothing."""
    with transaction.atomic(), connection.cursor() as cursor:
        script = Script(cursor.cursor)
        ids = reading.account_ids([transfer], {})
        positions, known = reading.lock_and_look(script, ids, [transfer], Memory())
        book = Book(at=clock.now(), accounts=positions, known=known)
        line = book.apply([transfer])[0]
        return line.outcome(), [positions[id_].version for id_ in ids if id_ in positions]


class TestShortForm:
    """One plain posting in one call."""

    def test_decides_as_the_state_machine_does(self) -> None:
        """Over accounts of every sort, amounts around every border, and ids that were used before."""
        chance = random.Random(7)
        everyone = accounts()
        known: list[Transfer] = []
        seen: set[Result] = set()
        amounts = [1, 4, 5, 15, 16, 35, 36, 700, 701, MAX, 0, -1]
        for _ in range(300):
            debit, credit = chance.choice(everyone), chance.choice(everyone)
            asked = move(debit, credit, chance.choice(amounts))
            if known and chance.random() < 0.2:
                asked = chance.choice(known)._replace(amount=chance.choice([asked.amount, 1]))
            expected, versions = decide(asked)
            (outcome,) = post(asked)
            assert outcome._replace(at=expected.at) == expected
            seen.add(outcome.result)
            known += [asked] * (5 if outcome.result is Result.POSTED else 1)
            ids = [id_ for id_ in sorted({asked.debit, asked.credit}) if id_]
            assert [account(id_).version for id_ in ids] == versions
        assert seen == {
            Result.POSTED,
            Result.EXISTS,
            Result.EXISTS_DIFFERENT,
            Result.ALREADY_REJECTED,
            Result.AMOUNT_NOT_POSITIVE,
            Result.ACCOUNT_NOT_FOUND,
            Result.ACCOUNT_CLOSED,
            Result.ACCOUNT_FROZEN,
            Result.ACCOUNTS_EQUAL,
            Result.ASSET_MISMATCH,
            Result.INSUFFICIENT_FUNDS,
            Result.OVERFLOW,
        }

    def test_writes_the_same_row(self) -> None:
        """Whatever a row can hold, as a batch of two would write it."""
        payer, payee = open_wallet(), open_wallet()
        give(payer, 100)
        post(hold(payer, payee, 7))
        more = {
            "reference": uuid4(),
            "memo": 'quotes " and , \\ () {} \n',
            "metadata": {"a": ['"', "\\", None], "ü": 1.5},
        }
        alone = move(payer, payee, 1, **more)
        first, second = move(payer, payee, 1, **more), move(payer, payee, 1)
        assert results(alone) == [Result.POSTED]
        assert results(first, second) == [Result.POSTED] * 2
        written: list[dict[str, Any]] = [
            dict(models.Transfer.objects.filter(pk=one.id).values().get()) for one in (alone, first)
        ]
        changed = ("id", "at", "debit_version", "credit_version", "debit_balance", "credit_balance")
        for row in written:
            for name in changed:
                row.pop(name)
        assert written[0] == written[1]
        assert written[0]["debit_held"] == 7

    @pytest.mark.parametrize(
        "change",
        [
            {"step": Step.HOLD},
            {"linked": True},
            {"expires_at": clock.now()},
            {"amount": 0},
            {"amount": MAX + 1},
            {"id": TransferId(uuid4())},
            {"id": TransferId(UUID(int=uuid7().int + (90_000_000 << 80)))},
        ],
    )
    def test_leaves_what_is_not_plain_to_the_state_machine(self, change: dict[str, Any]) -> None:
        """It does not even ask the database."""
        asked = move(open_wallet(), open_wallet(), 1)._replace(**change)
        database: Any = connections[DEFAULT_DB_ALIAS]
        with transaction.atomic():
            given = store.write_one(database, asked, actor=str(BY), at=clock.now())
            assert given is None

    def test_takes_ids_up_to_a_day_away(self) -> None:
        """As the state machine does."""
        payer, payee = open_wallet(floor=None), open_wallet()
        for hours, expected in [(23.9, Result.POSTED), (24.1, Result.ID_OUT_OF_WINDOW)]:
            for sign in (1, -1):
                at = clock.now() + sign * timedelta(hours=hours)
                number = int(at.timestamp() * 1000) << 80 | uuid7().int & (1 << 80) - 1
                assert results(move(payer, payee, 1, id=TransferId(UUID(int=number)))) == [expected]


class TestRows:
    """Rows as text."""

    def test_cut_batches_between_groups(self) -> None:
        """Pieces are about as long as asked, and never end within a group."""
        wallets = (AccountId(1), AccountId(2))
        linked = [False, True, True, True, False, False, True, False, False]
        batch = [move(*wallets, 1, linked=one) for one in linked]
        pieces = list(rows.slices(batch, 2))
        assert [len(piece) for piece in pieces] == [5, 3, 1]
        assert [one for piece in pieces for one in piece] == batch
        assert batch[0].kind == KIND
