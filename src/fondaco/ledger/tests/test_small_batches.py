"""Small batches of the intake: one prepared statement, which does all or nothing."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import connection
from psycopg import errors

from fondaco.kit import clock
from fondaco.kit.django import direct, tenancy
from fondaco.kit.django.script import Script
from fondaco.kit.ids import uuid7
from fondaco.kit.options import options, override
from fondaco.ledger import actions, batch, intake, memory, models, reading, store
from fondaco.ledger.dating import least_id
from fondaco.ledger.lines import Position
from fondaco.ledger.memory import Memory
from fondaco.ledger.poster import Poster
from fondaco.ledger.tests.books import (
    BY,
    account,
    at_once,
    balance,
    end,
    give_each,
    hold,
    move,
    open_bank,
    open_wallet,
    post,
)
from fondaco.ledger.tests.test_intake import backends, told
from fondaco.ledger.types import AccountId, Result, Step, Transfer, TransferId

pytestmark = pytest.mark.usefixtures("tenant")


@pytest.fixture(autouse=True)
def anew() -> Iterator[None]:
    """Begin with a poster that remembers nothing, and leave none that was made for a test."""
    assert intake.drain(timeout_s=10)
    memory.forget()
    intake.reopen()
    yield
    assert intake.drain(timeout_s=10)
    intake.reopen()


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note each prepared statement that is executed by itself, with its end."""
    noted: list[str] = []
    execute = direct.execute_prepared

    def note(pgconn: Any, name: str, params: Any) -> Any:
        noted.append("failed")
        answer = execute(pgconn, name, params)
        noted[-1] = name
        return answer

    monkeypatch.setattr(direct, "execute_prepared", note)
    return noted


def ask(*transfers: Transfer) -> list[Result]:
    """Hand transfers in, and give what became of them."""
    return [outcome.result for outcome in actions.submit(transfers, by=BY).outcomes]


def open_known(calls: list[str], *amounts: int) -> list[AccountId]:
    """Open wallets with money that the poster has brought there, so that it remembers them."""
    bank = open_bank()
    wallets = [open_wallet() for _ in amounts]
    brought = [move(bank, wallet, amount) for wallet, amount in zip(wallets, amounts, strict=True)]
    assert set(ask(*brought)) == {Result.POSTED}
    calls.clear()
    return wallets


class TestOneStatement:
    def test_writes_what_is_plain(self, calls: list[str]) -> None:
        """Rows, totals and versions, as larger batches do."""
        payer, payee = open_known(calls, 100, 1)
        words = 'a "memo", {in} \\ quotes'
        paid = [move(payer, payee, 30, memo=words), move(payee, payer, 5)]
        assert ask(*paid) == [Result.POSTED] * 2
        assert calls == [batch.SMALL]
        assert (balance(payer), balance(payee)) == (75, 26)
        assert (account(payer).version, account(payee).version) == (3, 3)
        assert models.Transfer.objects.get(pk=paid[0].id).memo == words

    def test_writes_up_to_a_size(self, calls: list[str]) -> None:
        """From there on COPY is faster."""
        payer, payee = open_known(calls, 10_000, 1)
        for size in (store.COPY_FROM_PREPARED - 1, store.COPY_FROM_PREPARED):
            assert set(ask(*[move(payer, payee, 1) for _ in range(size)])) == {Result.POSTED}
        assert calls == [batch.SMALL]
        assert balance(payee) == 2 * store.COPY_FROM_PREPARED

    def test_leaves_holds_and_refusals_to_others(self, calls: list[str]) -> None:
        """Which write more than rows and totals."""
        payer, payee = open_known(calls, 10, 1)
        held = hold(payer, payee, 4)
        assert ask(held) == [Result.PENDING]
        assert ask(end(held, Step.CAPTURE)) == [Result.POSTED]
        assert ask(move(payer, payee, 7), move(payer, payee, 6)) == [
            Result.INSUFFICIENT_FUNDS,
            Result.POSTED,
        ]
        assert calls == []
        assert (balance(payer), balance(payee)) == (0, 11)

    def test_leaves_ids_that_lie_far_apart_to_others(self, calls: list[str]) -> None:
        """Between which half the table may lie."""
        payer, payee = open_known(calls, 10, 1)
        early = least_id(clock.now() - timedelta(minutes=5)).int
        old = TransferId(UUID(int=early | uuid7().int & (1 << 80) - 1))
        assert ask(move(payer, payee, 1, id=old), move(payer, payee, 1)) == [Result.POSTED] * 2
        assert calls == []
        assert balance(payee) == 3

    def test_leaves_accounts_of_several_instants_to_others(self, calls: list[str]) -> None:
        """One that was touched by a clock ahead of this one keeps its own time."""
        payer, payee, ahead, other = open_known(calls, 10, 1, 10, 1)
        us = int((clock.now() + timedelta(seconds=30)).timestamp() * 1e6)
        models.Account.objects.filter(pk=ahead).update(touched_us=us)
        remembered().take([ahead])
        assert ask(move(payer, payee, 1), move(ahead, other, 1)) == [Result.POSTED] * 2
        assert calls == []
        assert models.Account.objects.get(pk=ahead).touched_us == us

    def test_is_part_of_a_transaction_where_more_is_written(self, calls: list[str]) -> None:
        """Such as an answer to a key: then it is called by name."""
        payer, payee = open_known(calls, 10, 1)
        asked, name = move(payer, payee, 1), uuid7().hex
        for _ in range(2):
            answer = actions.submit([asked], companions=told(name, name), by=BY).answer
            assert answer is not None
            assert answer.body == b"posted"
        assert calls == []
        assert balance(payee) == 2

    def test_is_part_of_a_transaction_where_accounts_were_read(self, calls: list[str]) -> None:
        """What is read first is seen by the same transaction."""
        (payer,) = open_known(calls, 10)
        payee = open_wallet()
        assert ask(move(payer, payee, 1)) == [Result.POSTED]
        assert calls == []
        assert balance(payee) == 1

    def test_is_not_there_behind_a_pooler(self, calls: list[str]) -> None:
        """Where each transaction may be in another session."""
        assert intake.drain(timeout_s=10)
        intake.reopen()
        with override(database_direct_url=f"{options().database_url}?pooled=not"):
            payer, payee = open_known(calls, 10, 1)
            assert ask(move(payer, payee, 1)) == [Result.POSTED]
        assert calls == []
        assert balance(payee) == 2

    def test_is_given_up_where_sessions_change_unannounced(
        self, calls: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As behind a pooler that passes for the server: what was prepared is not there."""
        assert intake.drain(timeout_s=10)
        intake.reopen()
        monkeypatch.setattr(batch, "PREPARE", "SELECT 1")
        payer, payee = open_known(calls, 10, 1)
        for _ in range(2):
            assert ask(move(payer, payee, 1)) == [Result.POSTED]
        assert calls == []
        assert balance(payee) == 3

    def test_does_nothing_in_the_session_of_another_tenant(
        self, calls: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whose tables may have accounts with the same ids, at the same versions."""
        payer, payee = open_known(calls, 10, 1)
        (poster,) = intake._posters.values()
        monkeypatch.setattr(poster, "_prepares_in", "t_another")
        assert ask(move(payer, payee, 1)) == [Result.POSTED]
        assert calls == ["failed"]
        assert balance(payee) == 2


class TestRefusing:
    """The statement starts from what is remembered, and does nothing where that is old."""

    def test_an_account_that_has_moved_on(self, calls: list[str]) -> None:
        """The rows of the others are undone with it, and all is done again."""
        payer, payee, other = open_known(calls, 10, 1, 10)
        stale = remembered().take([payer])
        post(move(payer, payee, 5))
        remembered().take([payer, payee])
        remembered().keep(stale)
        asked = [move(other, payee, 1), move(payer, other, 1)]
        remembered().keep(look(payee))
        assert ask(*asked) == [Result.POSTED] * 2
        assert calls == ["failed"]
        assert (balance(payer), balance(payee), balance(other)) == (4, 7, 10)
        assert models.Transfer.objects.filter(pk__in=[one.id for one in asked]).count() == 2

    def test_an_id_that_was_refused_before(self, calls: list[str]) -> None:
        """It stays refused, and those beside it are posted once."""
        payer, payee, richer = open_known(calls, 1, 1, 50)
        refused = move(payer, payee, 3)
        assert ask(refused) == [Result.INSUFFICIENT_FUNDS]
        assert ask(move(richer, payer, 20)) == [Result.POSTED]
        calls.clear()
        assert ask(refused, move(payer, payee, 1)) == [Result.ALREADY_REJECTED, Result.POSTED]
        assert calls == ["failed"]
        assert (balance(payer), balance(payee)) == (20, 2)

    def test_an_id_that_was_posted_before(self, calls: list[str]) -> None:
        """It is answered with what was done then."""
        payer, payee = open_known(calls, 10, 1)
        asked = move(payer, payee, 1)
        assert ask(asked) == [Result.POSTED]
        assert ask(asked, move(payer, payee, 1)) == [Result.EXISTS, Result.POSTED]
        assert calls == [batch.SMALL, "failed"]
        assert balance(payee) == 3

    def test_other_refused_ids_near_by_disturb_nobody(self, calls: list[str]) -> None:
        """Those between the least and the greatest id of the batch are compared one by one."""
        payer, payee = open_known(calls, 10, 1)
        first = move(payer, payee, 1)
        assert ask(move(payer, payee, 30)) == [Result.INSUFFICIENT_FUNDS]
        assert ask(first, move(payer, payee, 1)) == [Result.POSTED] * 2
        assert calls == [batch.SMALL]

    def test_what_the_server_does_not_understand(self, calls: list[str]) -> None:
        """Its error is raised as it is."""
        open_known(calls, 1)
        (poster,) = intake._posters.values()
        made = Poster(
            connect=poster._connect,
            search_path=tenancy.search_path(),
            prepares_in=tenancy.current().schema,
            remembered=Memory(),
            inbox=poster._inbox,
        )
        pgconn = made._connected().connection.pgconn
        with pytest.raises(errors.InvalidTextRepresentation):
            direct.execute_prepared(pgconn, batch.SMALL, ["no row", *["{}"] * 5, 1, "x", "y", ""])
        made._disconnect()


def remembered() -> Memory:
    """Give what the poster remembers."""
    (place,) = intake._posters
    return memory.of(*place)


def look(account_id: AccountId) -> dict[int, Position]:
    """Read an account's position as it is stored."""
    with connection.cursor() as cursor:
        return reading.take_positions(Script(cursor.cursor), [account_id], Memory())


class TestLosingTheConnection:
    def test_doubles_nothing(self, superuser_connection: "psycopg.Connection[Any]") -> None:
        """The poster does again what got no answer, and finds by its id what was committed."""
        merchant = open_wallet()
        wallets = [open_wallet() for _ in range(4)]
        give_each(wallets, 1000)
        stop = threading.Event()

        def kill() -> None:
            while not stop.wait(0.03):
                for pid in backends(superuser_connection):
                    superuser_connection.execute("SELECT pg_terminate_backend(%s)", [pid])

        def pay(number: int) -> int:
            for _ in range(30):
                assert ask(move(wallets[number], merchant, 1))[0] in {
                    Result.POSTED,
                    Result.EXISTS,
                }
            return 30

        killer = threading.Thread(target=kill)
        killer.start()
        try:
            paid = sum(at_once(pay, threads=4))
        finally:
            stop.set()
            killer.join()
        assert balance(merchant) == paid == 120
