"""Submissions that are made in the poster, once it has looked up what a whole batch needs."""

import threading
from collections.abc import Sequence
from typing import Any

import pytest
from django.db import transaction

from fondaco.kit.django import tenancy
from fondaco.kit.django.idempotency import Answer, Key
from fondaco.ledger import actions
from fondaco.ledger.tests.books import BY, at_once, balance, give, move, open_wallet
from fondaco.ledger.types import (
    AccountId,
    Companions,
    LateSubmission,
    Outcome,
    Result,
    Submission,
    Submitted,
)

pytestmark = pytest.mark.usefixtures("tenant")


class NoSuchThing(Exception):
    """What a caller gives instead of a submission."""


class Shelf:
    """Looks amounts up, counts how many asked at once, and can be made to wait or to break."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.tenants: set[str] = set()
        self.opened = threading.Event()
        self.opened.set()
        self.entered = threading.Event()
        self.is_broken = False

    def find(self, asks: Sequence[int]) -> list[int]:
        """Give twice of what each asks for."""
        self.asked.append(len(asks))
        self.tenants.add(tenancy.current().name)
        self.entered.set()
        assert self.opened.wait(60)
        if self.is_broken:
            raise ZeroDivisionError
        return [ask * 2 for ask in asks]


def pay(
    shelf: Shelf,
    ask: int,
    payer: AccountId,
    payee: AccountId,
    *,
    companions: Companions | None = None,
) -> Any:
    """Move what the shelf has for an ask; from 100 on there is none."""

    def prepare(found: int) -> Submission | Exception:
        if ask >= 100:
            return NoSuchThing(ask)
        return Submission(
            transfers=[move(payer, payee, found)], companions=companions or Companions()
        )

    return actions.submit_late(LateSubmission(find=shelf.find, ask=ask, prepare=prepare), by=BY)


def test_those_who_gather_share_one_look_up(tenant: Any) -> None:
    """While a batch is at work others come; the next look-up is for all of them."""
    payer, payee, shelf = open_wallet(), open_wallet(), Shelf()
    give(payer, 1000)
    shelf.opened.clear()
    queued = threading.Semaphore(0)

    def ask(number: int) -> Any:
        if number:
            assert shelf.entered.wait(60)
            queued.release()
        else:
            threading.Thread(target=let_go).start()
        return pay(shelf, number + 1, payer, payee)

    def let_go() -> None:
        for _ in range(7):
            assert queued.acquire(timeout=60)
        shelf.opened.set()

    given = at_once(ask, threads=8)
    assert [one.outcomes[0].amount for one in given] == [2 * (n + 1) for n in range(8)]
    assert sum(shelf.asked) == 8
    assert len(shelf.asked) < 8
    assert shelf.tenants == {tenant.name}
    assert balance(payee) == 72


def test_what_has_no_submission_is_given_back_and_moves_nothing() -> None:
    """The others of its batch go on."""
    payer, payee, shelf = open_wallet(), open_wallet(), Shelf()
    give(payer, 100)
    given = at_once(lambda n: pay(shelf, 100 if n % 2 else 1, payer, payee), threads=6)
    assert [isinstance(one, NoSuchThing) for one in given] == [False, True] * 3
    assert balance(payee) == 6


def test_a_look_up_that_fails_fails_those_who_asked() -> None:
    """The error is theirs; the poster goes on."""
    payer, payee, shelf = open_wallet(), open_wallet(), Shelf()
    give(payer, 100)
    shelf.is_broken = True
    with pytest.raises(ZeroDivisionError):
        pay(shelf, 1, payer, payee)
    shelf.is_broken = False
    assert pay(shelf, 1, payer, payee).outcomes[0].result is Result.POSTED


def test_a_submission_that_cannot_be_made_fails_its_caller_alone() -> None:
    """Undeclared kinds and keys without an answer are mistakes in one caller's code."""
    payer, payee, shelf = open_wallet(), open_wallet(), Shelf()
    give(payer, 100)
    bare = Companions(key=Key.make(scope="late", operation="late.pay", key="x", body=b""))

    def ask(number: int) -> Any:
        try:
            return pay(shelf, 1, payer, payee, companions=bare if number == 2 else None)
        except ValueError:
            return None

    given = at_once(ask, threads=4)
    assert [one is None for one in given] == [False, False, True, False]
    assert balance(payee) == 6


def test_a_key_that_was_used_is_replayed() -> None:
    """Looked up twice, moved once, though each time another transfer was made."""
    payer, payee, shelf = open_wallet(), open_wallet(), Shelf()
    give(payer, 100)

    def spoken(outcomes: Sequence[Outcome]) -> Answer:
        return Answer(200, str(outcomes[0].amount).encode())

    keyed = Companions(
        key=Key.make(scope="late", operation="late.pay", key=str(payer), body=b""), answer=spoken
    )
    first, again = (pay(shelf, 3, payer, payee, companions=keyed) for _ in range(2))
    assert isinstance(first, Submitted)
    assert (first.replayed, again.replayed) == (False, True)
    assert first.answer == again.answer
    assert balance(payee) == 6


def test_a_transaction_that_is_open_is_refused() -> None:
    """The intake could not be part of it."""
    with transaction.atomic(), pytest.raises(RuntimeError, match="atomic"):
        pay(Shelf(), 1, AccountId(1), AccountId(2))
