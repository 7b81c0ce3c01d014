"""Histories: order, pages, filters, and refused attempts among them."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest

from fondaco.kit import clock
from fondaco.kit.errors import NotFound
from fondaco.kit.ids import uuid7
from fondaco.kit.paging import InvalidCursor
from fondaco.ledger import queries
from fondaco.ledger.tests.books import (
    KIND,
    give,
    hold,
    move,
    open_bank,
    open_wallet,
    post,
)
from fondaco.ledger.types import AccountId, Entry, EntryFilter, Result, Step, TransferId

pytestmark = pytest.mark.usefixtures("tenant")


def read(*accounts: AccountId, limit: int = 100, **chosen: Any) -> list[Entry]:
    """Go through all pages."""
    entries: list[Entry] = []
    after = None
    while True:
        page = queries.list_entries(
            account_ids=accounts, chosen=EntryFilter(**chosen), after=after, limit=limit
        )
        assert len(page.items) <= limit
        entries += page.items
        if page.next is None:
            return entries
        after = page.next


def made_up(*words: object) -> str:
    """Write a cursor of words of one's own."""
    return base64.urlsafe_b64encode(json.dumps(words).encode()).decode()


class TestListEntries:
    """The history of accounts."""

    def test_stands_in_order_of_versions_newest_first(self) -> None:
        """Within one batch too, where all have the same instant."""
        payer, payee = open_wallet(), open_wallet()
        give(payer, 100)
        post(*[move(payer, payee, 1) for _ in range(7)], move(payer, payee, 1000))
        entries = read(payer)
        assert [entry.version for entry in entries if entry.version] == [8, 7, 6, 5, 4, 3, 2, 1]
        assert [entry.balance_after for entry in entries if entry.version][:3] == [93, 94, 95]
        refused = [entry for entry in entries if not entry.is_done]
        assert [entry.result for entry in refused] == [Result.INSUFFICIENT_FUNDS]
        assert (refused[0].version, refused[0].balance_after) == (None, None)

    @pytest.mark.parametrize("limit", [1, 2, 3, 50])
    def test_gives_each_entry_on_exactly_one_page(self, limit: int) -> None:
        """Whatever the page's length, over several accounts, moves and refusals."""
        wallets = [open_wallet() for _ in range(3)]
        for wallet in wallets:
            give(wallet, 50)
        first, second, third = wallets
        post(
            move(first, second, 5),
            move(second, third, 500),
            move(third, first, 5),
            move(second, second, 5),
            hold(first, third, 5),
        )
        post(move(first, second, 900), move(first, second, 1), move(third, third, 1))
        whole = read(*wallets)
        paged = read(*wallets, limit=limit)
        assert paged == whole
        assert len({(e.transfer_id, e.account_id) for e in whole}) == len(whole)
        assert len(whole) == 3 + 2 * 6 + 2
        keys = [(e.at, e.account_id, e.version or 0) for e in whole]
        assert keys == sorted(keys, reverse=True)

    def test_shows_a_transfer_between_two_own_accounts_in_both(self) -> None:
        """Each account's side has its own version and balance."""
        one, other = open_wallet(), open_wallet()
        give(one, 5)
        post(move(one, other, 2))
        sides = {(e.account_id, e.is_debit): e.balance_after for e in read(one, other)[:2]}
        assert sides == {(one, True): 3, (other, False): 2}

    def test_chooses_by_what_is_asked(self) -> None:
        """Each filter alone."""
        payer, payee, bank = open_wallet(), open_wallet(), open_bank()
        reference = uuid7()
        post(
            move(bank, payer, 100),
            move(payer, payee, 10, memo="Two COFFEES", reference=reference),
            move(payer, payee, 20, memo="tea_100%"),
            move(payer, payee, 3000),
        )

        def amounts(**chosen: Any) -> list[int]:
            return [entry.amount for entry in read(payer, **chosen)]

        everything = [20, 10, 100, 3000]
        assert amounts(kinds=[KIND]) == everything
        assert amounts(kinds=["other.kind"]) == []
        assert amounts(kinds=[], counterparties=[], text="") == everything
        assert amounts(counterparties=[bank]) == [100]
        assert amounts(succeeded=True) == [20, 10, 100]
        assert amounts(succeeded=False) == [3000]
        assert amounts(amount_min=20) == [20, 100, 3000]
        assert amounts(amount_max=20) == [20, 10]
        assert amounts(reference=reference) == [10]
        assert amounts(text="coffee") == [10]
        assert amounts(text="_100%") == [20]
        assert amounts(text="x_") == []
        now = clock.now()
        assert amounts(since=now) == []
        assert amounts(until=now) == everything
        assert amounts(since=now - timedelta(hours=1), until=now) == everything
        assert amounts(until=now - timedelta(hours=1)) == []

    @pytest.mark.parametrize(
        "text",
        [
            "x",
            "W10=",
            "é",
            "WzEsMiwzLDRd",
            "bnVsbA==",
            made_up("2026-11-21T00:00:00", 1, 1, "0" * 32),  # no time zone
            made_up("2026-11-21T00:00:00+00:00", 1, -1, "0" * 32),
            made_up("2026-11-21T00:00:00+00:00", 1, 1, "0"),
        ],
    )
    def test_refuses_a_cursor_that_no_page_gave(self, text: str) -> None:
        """Whatever a caller makes up."""
        with pytest.raises(InvalidCursor):
            queries.list_entries(account_ids=[open_wallet()], after=text, limit=1)

    def test_is_empty_for_no_account(self) -> None:
        """Nobody's history has nothing in it."""
        assert read() == []


class TestEntry:
    """Reading one entry."""

    def test_show_a_transfer_from_the_side_of_whoever_asks(self) -> None:
        """The debited account first; others see nothing."""
        payer, payee = open_wallet(), open_wallet()
        give(payer, 100)
        asked = move(payer, payee, 10)
        post(asked)

        def seen(*accounts: AccountId) -> Entry | None:
            return queries.find_entry(transfer_id=asked.id, account_ids=accounts)

        assert seen(payee, payer) == read(payer)[0]
        assert seen(payee) == read(payee)[0]
        assert seen(open_wallet()) is None
        assert queries.find_entry(transfer_id=TransferId(uuid7()), account_ids=[payer]) is None


class TestTransfers:
    """Reading single transfers and holds."""

    def test_know_only_what_the_books_hold(self) -> None:
        """A refused attempt is no transfer."""
        payer, payee = open_wallet(), open_wallet()
        refused = move(payer, payee, 10)
        post(refused)
        assert queries.find_transfer(transfer_id=refused.id) is None
        with pytest.raises(NotFound):
            queries.get_transfer(transfer_id=refused.id)
        assert queries.find_hold(hold_id=TransferId(uuid7())) is None

    def test_tell_the_step(self) -> None:
        """A hold is pending."""
        wallet = open_wallet()
        held = hold(open_bank(), wallet, 5)
        post(held)
        found = queries.get_transfer(transfer_id=held.id)
        assert (found.step, found.result) == (Step.HOLD, Result.PENDING)
