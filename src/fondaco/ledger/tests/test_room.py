"""The room beside an account: there when it is opened, and given up by whatever posts to it first."""

from collections.abc import Sequence

import pytest
from django.db import connection

from fondaco.ledger.tests.books import hold, move, open_wallet, results
from fondaco.ledger.types import AccountId, Result

pytestmark = pytest.mark.usefixtures("tenant")


def has_room(*accounts: AccountId) -> list[bool]:
    """Tell of each account whether it still has the room that it was born with."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, room IS NOT NULL FROM ledger_account WHERE id = ANY(%s)", [list(accounts)]
        )
        found = dict(cursor.fetchall())
    return [found[id_] for id_ in accounts]


def pages(accounts: Sequence[AccountId]) -> list[int]:
    """Give the number of the page that each account stands on."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, (ctid::text::point)[0]::int FROM ledger_account WHERE id = ANY(%s)",
            [list(accounts)],
        )
        found = dict(cursor.fetchall())
    return [found[id_] for id_ in accounts]


def open_wallets_on_new_pages(count: int) -> list[AccountId]:
    """Open so many on pages that the table gets for them, behind those where others left some space."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_relation_size('ledger_account') / 8192")
        (first_new,) = cursor.fetchone()
    found: list[AccountId] = []
    while len(found) < count:
        opened = [open_wallet() for _ in range(20)]
        found += [one for one, page in zip(opened, pages(opened), strict=True) if page >= first_new]
    return found[:count]


class TestRoom:
    """Each branch of both functions that post is seen to give it up."""

    def test_is_there_when_an_account_is_opened(self) -> None:
        """Else the tests below would pass whatever a posting does."""
        assert has_room(open_wallet(), open_wallet()) == [True, True]

    def test_is_given_up_by_both_sides_of_one_posting(self) -> None:
        """The short form writes one row each."""
        payer, payee = open_wallet(floor=None), open_wallet()
        assert results(move(payer, payee, 1)) == [Result.POSTED]
        assert has_room(payer, payee) == [False, False]

    def test_is_given_up_by_all_accounts_of_a_batch(self) -> None:
        """All of them are touched at one time, and nothing is held."""
        payer, first, second = open_wallet(floor=None), open_wallet(), open_wallet()
        asked = [move(payer, first, 1), move(payer, second, 2)]
        assert results(*asked) == [Result.POSTED, Result.POSTED]
        assert has_room(payer, first, second) == [False, False, False]

    def test_is_given_up_where_something_is_held(self) -> None:
        """What is pending is written by another statement."""
        payer, payee, third = open_wallet(floor=None), open_wallet(), open_wallet()
        asked = [hold(payer, payee, 5), move(payer, third, 1)]
        assert results(*asked) == [Result.PENDING, Result.POSTED]
        assert has_room(payer, payee, third) == [False, False, False]

    def test_lets_the_accounts_of_a_page_stay_there_when_one_batch_posts_to_all(self) -> None:
        """What it replaces is in the way until it commits."""
        payer, payees = open_wallet(floor=None), open_wallets_on_new_pages(60)
        before = pages(payees)
        assert len(set(before)) <= 10  # several share each page, or this would show nothing
        assert set(results(*[move(payer, payee, 1) for payee in payees])) == {Result.POSTED}
        stayed = sum(old == new for old, new in zip(before, pages(payees), strict=True))
        assert stayed >= 55
