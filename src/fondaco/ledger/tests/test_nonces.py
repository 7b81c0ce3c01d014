"""Signed requests that post through the intake: the nonce commits with the transfers, once."""

from collections.abc import Sequence
from uuid import uuid4

import pytest
from django.db import connection, transaction

from fondaco.kit.django import nonces, tenancy
from fondaco.kit.django.nonces import Nonce, NonceSpent
from fondaco.ledger import actions, store
from fondaco.ledger.jobs import Job, Ticket
from fondaco.ledger.poster import _refuse_spent
from fondaco.ledger.tests.books import BY, balance, give, move, open_wallet
from fondaco.ledger.types import AccountId, Submission

pytestmark = pytest.mark.usefixtures("tenant")


def make(name: str) -> Nonce:
    """Make the nonce of a request."""
    schema = tenancy.current().schema
    return Nonce.make(signer=b"key", at_s=1_800_000_000, nonce=name, schema=schema)


def pay(payer: AccountId, payee: AccountId) -> None:
    """Move one unit by the intake."""
    assert actions.submit([move(payer, payee, 1)], by=BY).outcomes[0].is_done


@pytest.fixture
def sides() -> tuple[AccountId, AccountId]:
    """Give two wallets, the first with money."""
    payer, payee = open_wallet(), open_wallet()
    give(payer, 10)
    return payer, payee


def claims(nonce: Nonce) -> list[bytes]:
    """Give the claim that is written under the nonce."""
    with connection.cursor() as cursor:
        return list(nonces.find(cursor, [nonce]).values())


class TestASignedRequest:
    def test_writes_its_nonce_with_its_transfers(self, sides: tuple[AccountId, AccountId]) -> None:
        nonce = make(uuid4().hex)
        with nonces.holding(nonce):
            pay(*sides)
            assert (nonce.is_written, claims(nonce)) == (True, [nonce.claim])
            pay(*sides)
        assert balance(sides[1]) == 2

    def test_that_comes_again_moves_nothing(self, sides: tuple[AccountId, AccountId]) -> None:
        name = uuid4().hex
        with nonces.holding(make(name)):
            pay(*sides)
        with pytest.raises(NonceSpent), nonces.holding(make(name)):
            pay(*sides)
        assert balance(sides[1]) == 1

    def test_is_answered_when_its_own_commit_went_through_unheard(
        self, sides: tuple[AccountId, AccountId]
    ) -> None:
        """The connection broke after the commit: its nonce is there, and is its own."""
        nonce = make(uuid4().hex)
        with transaction.atomic(), connection.cursor() as cursor:
            nonces.write(cursor, nonce)
        with nonces.holding(nonce):
            pay(*sides)
            assert nonce.is_written
        assert balance(sides[1]) == 1

    def test_takes_its_nonce_though_its_accounts_are_contended(
        self, sides: tuple[AccountId, AccountId], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whoever locks first looks the nonce up before he writes it."""
        nonce = make(uuid4().hex)
        tries: list[bool] = []
        taken = nonces.insert

        def insert(cursor: nonces.Cursor, unspent: Sequence[Nonce]) -> None:
            taken(cursor, unspent)
            tries.append(bool(unspent))
            if len(tries) == 1:
                raise store.Moved

        monkeypatch.setattr(nonces, "insert", insert)
        with nonces.holding(nonce):
            pay(*sides)
        assert (tries, claims(nonce)) == ([True, True], [nonce.claim])
        assert balance(sides[1]) == 1


class TestABatch:
    def test_lets_one_of_two_requests_with_one_nonce_through(
        self, sides: tuple[AccountId, AccountId]
    ) -> None:
        """A request that gave up and asks again is no other one."""
        name = uuid4().hex
        first, other = make(name), make(name)
        tickets = []
        for nonce in (first, other, first):
            ticket = Ticket([Job(Submission(transfers=[move(*sides, 1)]), "x")], deadline=0)
            ticket.nonce = nonce
            tickets.append(ticket)
        with connection.cursor() as cursor:
            assert _refuse_spent(cursor, tickets) == [first]
        assert [type(ticket.jobs[0].error) for ticket in tickets] == [
            type(None),
            NonceSpent,
            type(None),
        ]
        assert not first.is_written
