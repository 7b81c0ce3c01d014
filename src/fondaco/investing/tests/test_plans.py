"""Plans and lots by property: no unit of money or of a share is lost, whatever happens."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import product
from uuid import UUID

import pytest
from hypothesis import given, strategies as st

from fondaco.investing.lots import BadHistory, Book, Move, after_split, replay
from fondaco.investing.plan import Good, make_plan, spread
from fondaco.investing.states import ActivityKind, LotMethod, TradeMode
from fondaco.investing.xray import RULES, Measure, Piece, examine, measure
from fondaco.quant.allocation import PARTS, BadAllocation, Wish, allocate, cost_of

AT = datetime(2026, 1, 1, tzinfo=UTC)
SYMBOLS = ("A", "B", "C", "D")
SHARE = 10**6
FEES = st.sampled_from([0, 10, 99, 1_000])
PRICES = st.integers(1, 10**7).map(lambda cents: Decimal(cents).scaleb(-6))
GOODS = st.fixed_dictionaries(
    {
        one: st.builds(
            Good, symbol=st.just(one), price=PRICES, step=st.sampled_from([1, 1_000, SHARE])
        )
        for one in SYMBOLS
    }
)
HELD = st.dictionaries(st.sampled_from(SYMBOLS), st.integers(1, 10**9), max_size=4)


class TestPlans:
    @given(
        st.integers(0, 10**9),
        st.lists(st.integers(0, PARTS // 4), min_size=4, max_size=4),
        HELD,
        GOODS,
        FEES,
        st.sampled_from(list(TradeMode)),
    )
    def test_come_out_at_the_cash_exactly(
        self,
        total: int,
        parts: list[int],
        held: dict[str, int],
        goods: dict[str, Good],
        bps: int,
        mode: TradeMode,
    ) -> None:
        """Σ purchases + fee + rest is the total, and no plan spends more than that."""

        def fee(traded: int) -> int:
            return -(-traded * bps // 10_000)

        wished = dict(zip(SYMBOLS, parts, strict=True))
        try:
            wanted, plan = spread(
                total=total, parts=wished, held=held, goods=goods, mode=mode, fee=fee
            )
        except BadAllocation:
            return  # not even the fee can be paid
        assert plan.fee == fee(plan.bought + plan.sold)
        cost = sum(cost_of(wanted[one], goods[one].price) for one in wanted)
        assert total - cost - plan.fee >= 0
        if not held:
            assert plan.bought == cost
        after = dict(held)
        for trade in plan.trades:
            sign = -1 if trade.is_sale else 1
            after[trade.symbol] = after.get(trade.symbol, 0) + sign * trade.quantity
        assert {one: left for one, left in after.items() if left} == {
            one: wish for one, wish in wanted.items() if wish
        }

    def test_sell_before_they_buy(self) -> None:
        goods = {one: Good(symbol=one, price=Decimal("0.01"), step=1) for one in "AB"}
        plan = make_plan(
            held={"B": SHARE}, wanted={"A": SHARE}, goods=goods, mode=TradeMode.NET, fee=lambda _: 7
        )
        assert [(one.symbol, one.is_sale) for one in plan.trades] == [("B", True), ("A", False)]
        assert (plan.sold, plan.bought, plan.fee) == (10_000, 10_000, 7)

    def test_cost_nothing_where_nothing_is_traded(self) -> None:
        goods = {"A": Good(symbol="A", price=Decimal(1), step=1)}
        plan = make_plan(
            held={"A": 1}, wanted={"A": 1}, goods=goods, mode=TradeMode.NET, fee=lambda _: 7
        )
        assert (list(plan.trades), plan.fee) == ([], 0)


class TestSpendingWhatRoundingsLeft:
    @given(
        st.integers(100, 10**6),
        st.lists(st.tuples(st.integers(1, PARTS // 5), st.integers(1, 50_000)), max_size=5),
    )
    def test_is_as_near_as_can_be(self, cash: int, asked: list[tuple[int, int]]) -> None:
        wishes = [
            Wish(parts=part, price=Decimal(price).scaleb(-6), step=SHARE) for part, price in asked
        ]
        found = allocate(cash, wishes)
        budgets = [cash * one.parts // PARTS for one in wishes]
        spendable = cash * sum(one.parts for one in wishes) // PARTS
        floors = [
            budget // cost_of(SHARE, one.price) for budget, one in zip(budgets, wishes, strict=True)
        ]

        def distance(more: tuple[int, ...]) -> int | None:
            costs = [
                cost_of((floor + extra) * SHARE, one.price)
                for floor, extra, one in zip(floors, more, wishes, strict=True)
            ]
            if sum(costs) > spendable:
                return None
            off = sum(abs(b - c) for b, c in zip(budgets, costs, strict=True))
            return off + spendable - sum(costs)

        every = [distance(more) for more in product((0, 1), repeat=len(wishes))]
        best = min(one for one in every if one is not None)
        off = sum(abs(b - c) for b, c in zip(budgets, found.costs, strict=True))
        assert off + spendable - sum(found.costs) == best

    def test_goes_step_by_step_where_the_search_takes_too_long(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("fondaco.quant.allocation.NODES_MAX", 1)
        wishes = [
            Wish(parts=PARTS // 2, price=Decimal(price).scaleb(-4), step=SHARE)
            for price in (30, 26)
        ]
        found = allocate(10_000, wishes)
        assert [one // SHARE for one in found.quantities] == [1, 2]
        assert sum(found.costs) + found.rest == 10_000


def uuid(number: int) -> UUID:
    return UUID(int=number)


def buy(number: int, quantity: int, cash: int) -> Move:
    return Move(
        id=uuid(number),
        kind=ActivityKind.BUY,
        at=AT,
        quantity=quantity,
        cash=cash,
        local=cash,
    )


def sell(quantity: int, cash: int, method: LotMethod = LotMethod.FIFO) -> Move:
    return replace(buy(99, quantity, cash), kind=ActivityKind.SELL, method=method)


@st.composite
def histories(draw: st.DrawFn) -> list[Move]:
    """Make what can have happened: purchases, sales of what is held, dividends, splits."""
    moves: list[Move] = []
    held = 0
    for number in range(draw(st.integers(1, 12))):
        kind = draw(st.sampled_from(list(ActivityKind)))
        if kind is ActivityKind.BUY or not held:
            quantity = draw(st.integers(1, 10**7))
            moves.append(buy(number, quantity, draw(st.integers(0, 10**9))))
            held += quantity
        elif kind is ActivityKind.SELL:
            quantity = draw(st.integers(1, held))
            method = draw(st.sampled_from([LotMethod.FIFO, LotMethod.AVERAGE]))
            moves.append(sell(quantity, draw(st.integers(0, 10**9)), method))
            held -= quantity
        elif kind is ActivityKind.SPLIT:
            held = after_split(held, draw(st.integers(1, 20)), draw(st.integers(1, 20)))
            moves.append(Move(id=uuid(number), kind=kind, at=AT, quantity=held))
        else:
            moves.append(Move(id=uuid(number), kind=kind, at=AT, cash=draw(st.integers(0, 99))))
    return moves


def final(moves: list[Move]) -> Book:
    return replay(moves)


class TestLots:
    @given(histories())
    def test_lose_no_unit_of_cost_and_no_share(self, moves: list[Move]) -> None:
        book = final(moves)
        held = 0
        for move in moves:
            if move.kind is ActivityKind.BUY:
                held += move.quantity
            elif move.kind is ActivityKind.SELL:
                held -= move.quantity
            elif move.kind is ActivityKind.SPLIT:
                held = move.quantity
        assert book.quantity == held
        assert book.cost + book.cost_of_sales == book.bought
        assert all(lot.quantity > 0 and lot.cost >= 0 for lot in book.lots)

    def test_of_an_average_all_cost_the_same(self) -> None:
        moves = [buy(1, 10, 100), buy(2, 10, 300), sell(5, 0, LotMethod.AVERAGE)]
        book = final(moves)
        assert [(lot.quantity, lot.cost) for lot in book.lots] == [(5, 100), (10, 200)]
        assert book.cost_of_sales == 100

    def test_keep_their_cost_through_splits(self) -> None:
        split = Move(id=uuid(7), kind=ActivityKind.SPLIT, at=AT, quantity=80)
        book = final([buy(1, 10, 100), buy(2, 10, 300), split, sell(40, 500)])
        assert [(lot.quantity, lot.cost) for lot in book.lots] == [(40, 300)]
        assert book.realised == 400

    def test_that_merge_into_less_than_a_unit_hand_their_cost_on(self) -> None:
        split = Move(id=uuid(7), kind=ActivityKind.SPLIT, at=AT, quantity=1)
        book = final([buy(1, 1, 100), buy(2, 9, 300), split])
        assert [(lot.quantity, lot.cost) for lot in book.lots] == [(1, 400)]
        gone = final([buy(1, 1, 100), replace(split, quantity=0)])
        assert (gone.lots, gone.realised) == ([], -100)

    def test_cannot_be_sold_before_they_are_bought(self) -> None:
        with pytest.raises(BadHistory):
            final([buy(1, 1, 1), sell(2, 1)])

    @pytest.mark.parametrize(
        "named", [[], [(1, 1)], [(1, 3)], [(1, 1), (1, 1)], [(8, 2)], [(1, 3), (2, -1)]]
    )
    def test_that_are_named_must_add_up(self, named: list[tuple[int, int]]) -> None:
        lots = [(uuid(number), part) for number, part in named]
        sale = replace(sell(2, 1, LotMethod.SPECIFIC), lots=lots)
        with pytest.raises(BadHistory):
            final([buy(1, 2, 1), buy(2, 5, 1), sale])


class TestXray:
    def piece(self, value: int, kind: str = "fund", *, foreign: bool = False) -> Piece:
        return Piece(value=value, kind=kind, is_foreign=foreign, is_stale=kind == "stale")

    def broken(self, *pieces: Piece, cash: int = 10, fees: int = 0) -> set[str]:
        found = examine(measure(pieces, cash=cash, fees=fees))
        assert len(found) == len(RULES)
        return {one.rule.code for one in found if one.is_broken}

    def test_finds_nothing_in_a_quiet_portfolio(self) -> None:
        quiet = [self.piece(10) for _ in range(10)]
        assert self.broken(*quiet) == set()
        assert self.broken(cash=0) == {"little_cash"}

    @pytest.mark.parametrize(
        ("code", "kind", "foreign"),
        [
            ("no_funds", "share", False),
            ("much_crypto", "crypto", False),
            ("prices_are_old", "stale", False),
            ("foreign_currency", "fund", True),
        ],
    )
    def test_sees_what_all_of_it_is(self, code: str, kind: str, *, foreign: bool) -> None:
        assert self.broken(*[self.piece(10, kind, foreign=foreign)] * 10) == {code}

    def test_sees_what_is_too_large_or_too_little(self) -> None:
        pieces = [self.piece(26), self.piece(15), self.piece(10), *[self.piece(7)] * 7]
        assert self.broken(*pieces) == {"position_above_a_quarter", "three_above_a_half"}
        even = [self.piece(10) for _ in range(10)]
        assert self.broken(*even, cash=1) == {"little_cash"}
        assert self.broken(*even, cash=101) == {"much_cash"}
        assert self.broken(*even, fees=2) == {"high_fees"}

    def test_measures_each_figure(self) -> None:
        assert set(measure([], cash=0, fees=0)) == set(Measure)
