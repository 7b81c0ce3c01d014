"""Solvency: the lines sum to the gap whatever stands in the books and whatever is stated."""

from datetime import UTC, datetime
from typing import Final

import pytest
from hypothesis import given, strategies

from fondaco.ledger.types import AccountKind
from fondaco.money import Asset, Money
from fondaco.proofs.solvency import UNEXPLAINED, Line, Solvency, Standing, Statement, explain

USD: Final = Asset("USD", 2)
AT: Final = datetime(2026, 11, 21, tzinfo=UTC)
KINDS: Final = {
    "wallets": AccountKind.LIABILITY,
    "custom": AccountKind.LIABILITY,
    "providers:kraken": AccountKind.ASSET,
    "providers:fees": AccountKind.EXPENSE,
    "banks:main": AccountKind.ASSET,
    "nodes:hot": AccountKind.ASSET,
    "suspense:deposits": AccountKind.LIABILITY,
    "payouts": AccountKind.LIABILITY,
    "fees:withdrawals": AccountKind.INCOME,
    "expenses:rent": AccountKind.EXPENSE,
    "trading": AccountKind.LIABILITY,
    "rounding": AccountKind.INCOME,
    "equity:opening": AccountKind.EQUITY,
    "novelty": AccountKind.ASSET,
}
GROUPS: Final = sorted(KINDS)
TRANSFERS = strategies.lists(
    strategies.tuples(
        strategies.sampled_from(GROUPS),
        strategies.sampled_from(GROUPS),
        strategies.integers(1, 10**12),
    ),
    max_size=40,
)
STATEMENTS = strategies.dictionaries(
    strategies.sampled_from(["providers:kraken", "banks:main", "nodes:cold"]),
    strategies.tuples(
        strategies.integers(-(10**12), 10**12),
        strategies.none() | strategies.integers(-(10**12), 10**12),
    ),
)


def books(transfers: list[tuple[str, str, int]], stray: int = 0) -> list[Standing]:
    """Post transfers, and let something stand in the books that no transfer brought."""
    net = dict.fromkeys(GROUPS, 0)
    for debit, credit, amount in transfers:
        net[debit] -= amount
        net[credit] += amount
    net["wallets"] += stray
    return [
        Standing(group=group, kind=KINDS[group], credit=max(sum_, 0), debit=max(-sum_, 0), held=0)
        for group, sum_ in net.items()
    ]


def stated(statements: dict[str, tuple[int, int | None]]) -> list[Statement]:
    return [
        Statement(
            place=place,
            amount=Money(amount, USD),
            at=AT,
            source="paper",
            book=None if book is None else Money(book, USD),
        )
        for place, (amount, book) in statements.items()
    ]


def summed(lines: list[Line]) -> int:
    return sum(line.amount.minor for line in lines)


class TestExplain:
    @given(TRANSFERS, STATEMENTS)
    def test_explains_all_of_the_gap_while_the_books_balance(
        self,
        transfers: list[tuple[str, str, int]],
        statements: dict[str, tuple[int, int | None]],
    ) -> None:
        found = explain(USD, books(transfers), stated(statements))
        assert summed(list(found.lines)) == found.gap.minor
        assert UNEXPLAINED not in {line.word for line in found.lines}
        assert found.unexplained == Money.zero(USD)

    @given(TRANSFERS, STATEMENTS, strategies.integers(1, 10**9))
    def test_shows_what_broken_books_cannot_explain(
        self,
        transfers: list[tuple[str, str, int]],
        statements: dict[str, tuple[int, int | None]],
        stray: int,
    ) -> None:
        found = explain(USD, books(transfers, stray), stated(statements))
        assert summed(list(found.lines)) == found.gap.minor
        assert found.unexplained.minor == -stray

    def test_names_each_part(self) -> None:
        found = explain(
            USD,
            books(
                [
                    ("providers:kraken", "wallets", 1000),
                    ("wallets", "fees:withdrawals", 15),
                    ("wallets", "payouts", 100),
                    ("providers:kraken", "suspense:deposits", 7),
                    ("trading", "banks:main", 50),
                    ("expenses:rent", "banks:main", 3),
                    ("banks:main", "equity:opening", 500),
                ]
            ),
            stated({"providers:kraken": (990, 1000)}),
        )
        assert shown(found) == {
            ("fees_earned", "fees:withdrawals"): 15,
            ("payouts_in_flight", "payouts"): 100,
            ("suspense", "suspense:deposits"): 7,
            ("trading_positions", "trading"): -50,
            ("costs_paid", "expenses:rent"): -3,
            ("equity", "equity:opening"): 500,
            ("statement_difference", "providers:kraken"): -10,
        }
        assert (found.liabilities.minor, found.holdings.minor) == (885, 997 + 447)
        assert found.is_covered

    def test_counts_overdrawn_wallets_as_nothing_owed(self) -> None:
        wallets = Standing(
            group="wallets", kind=AccountKind.LIABILITY, credit=100, debit=30, held=20
        )
        bank = Standing(group="banks:main", kind=AccountKind.ASSET, credit=0, debit=70, held=0)
        found = explain(USD, [wallets, bank], [])
        assert shown(found) == {("overdrawn_wallets", "wallets"): -30}
        assert (found.liabilities.minor, found.gap.minor, found.on_hold.minor) == (100, -30, 20)
        assert not found.is_covered


def shown(found: Solvency) -> dict[tuple[str, str], int]:
    return {(line.word, line.account): line.amount.minor for line in found.lines}


@pytest.mark.parametrize(
    ("amount", "book", "difference"), [(5, 3, 2), (3, 5, -2), (5, None, 0), (-5, -5, 0)]
)
def test_a_statement_differs_from_the_books_of_its_own_instant(
    amount: int, book: int | None, difference: int
) -> None:
    """And from nothing where they cannot tell any more."""
    (one,) = stated({"banks:main": (amount, book)})
    assert one.difference.minor == difference
