"""What the state machine writes down, member by member: the lines that become rows and answers."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from fondaco.ledger.engine import Book, is_plain
from fondaco.ledger.lines import TOTAL_MAX, HoldLine, Line, Position
from fondaco.ledger.types import (
    AccountId,
    HoldState,
    Result,
    Step,
    Transfer,
    TransferId,
    UsageClaim,
)

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
BASE = int(NOW.timestamp() * 1000) << 80 | 0x7 << 76 | 0b10 << 62
CASH, ANN, BOB, VAULT = 1, 2, 3, 4


def name(number: int) -> TransferId:
    """Give the n-th identifier of this instant."""
    return TransferId(UUID(int=BASE | number))


def ask(
    number: int, debit: int = CASH, credit: int = ANN, amount: int = 5, **more: Any
) -> Transfer:
    """Ask for a movement."""
    return Transfer(
        id=name(number),
        debit=AccountId(debit),
        credit=AccountId(credit),
        amount=amount,
        **{"kind": "a.b", **more},
    )


def end(
    number: int, hold: int, step: Step = Step.CAPTURE, amount: int = 0, **more: Any
) -> Transfer:
    """Ask for the end of a hold."""
    return ask(number, 0, 0, amount, step=step, hold_id=name(hold), **more)


def book(**totals: int) -> Book:
    """Open a book of cash (may go either way), two customers, and a vault that must not go below zero."""
    accounts = {
        CASH: Position(CASH, 1, None, debit_normal=True),
        ANN: Position(ANN, 1, 0),
        BOB: Position(BOB, 1, 0),
        VAULT: Position(VAULT, 1, 0, debit_normal=True),
    }
    for total, amount in totals.items():
        setattr(accounts[ANN], total, amount)
    return Book(at=NOW, accounts=accounts)


def limit(amount_max: int) -> UsageClaim:
    """Count five against a maximum."""
    return UsageClaim(counter="c", window="w", amount=5, amount_max=amount_max)


class TestALine:
    """A line, whole."""

    def test_of_a_posting_has_both_versions_and_balances(self) -> None:
        opened = book()
        opened.apply([ask(1, amount=7)])
        asked = ask(2, ANN, BOB, 3)
        assert opened.apply([asked]) == [
            Line(asked, Result.POSTED, ANN, BOB, 3, 2, 1, 4, 3, 0, 0, None, NOW)
        ]

    def test_of_a_hold_has_what_is_held_after_it(self) -> None:
        opened = book()
        opened.apply([ask(1, amount=7)])
        asked = ask(2, ANN, BOB, 3, step=Step.HOLD)
        assert opened.apply([asked]) == [
            Line(asked, Result.PENDING, ANN, BOB, 3, 2, 1, 7, 0, 3, 0, None, NOW)
        ]
        assert opened.changed_holds == {asked.id: HoldLine(asked.id, ANN, BOB, 3, None)}

    @pytest.mark.parametrize(
        ("step", "amount", "moved", "result", "state"),
        [
            (Step.CAPTURE, 0, 3, Result.POSTED, HoldState.CAPTURED),
            (Step.CAPTURE, 3, 3, Result.POSTED, HoldState.CAPTURED),
            (Step.CAPTURE, 2, 2, Result.POSTED, HoldState.CAPTURED),
            (Step.VOID, 0, 0, Result.VOIDED, HoldState.VOIDED),
            (Step.VOID, 3, 0, Result.VOIDED, HoldState.VOIDED),
        ],
    )
    def test_of_an_end_has_the_holds_accounts_and_releases_all_of_it(
        self, step: Step, amount: int, moved: int, result: Result, state: HoldState
    ) -> None:
        opened = book()
        opened.apply([ask(1, amount=7), ask(2, ANN, BOB, 3, step=Step.HOLD)])
        asked = end(3, 2, step, amount)
        told = amount or 3
        assert opened.apply([asked]) == [
            Line(asked, result, ANN, BOB, told, 3, 2, 7 - moved, moved, 0, 0, None, NOW)
        ]
        assert opened.changed_holds[name(2)] == HoldLine(
            name(2), ANN, BOB, 3, None, state, asked.id
        )

    def test_of_a_refusal_has_the_balances_that_it_met(self) -> None:
        opened = book()
        opened.apply([ask(1, amount=7), ask(2, credit=BOB, amount=9)])
        opened.apply([ask(3, ANN, BOB, 3, step=Step.HOLD), ask(4, BOB, ANN, 2, step=Step.HOLD)])
        asked = ask(5, ANN, BOB, 6)
        assert opened.apply([asked]) == [
            Line(asked, Result.INSUFFICIENT_FUNDS, ANN, BOB, 6, 0, 0, 7, 9, 3, 2, None, NOW)
        ]

    def test_of_a_refusal_about_unknown_accounts_has_zeros(self) -> None:
        asked = ask(1, 98, 99)
        assert book().apply([asked]) == [
            Line(asked, Result.ACCOUNT_NOT_FOUND, 98, 99, 5, 0, 0, 0, 0, 0, 0, None, NOW)
        ]

    def test_of_a_refused_end_has_the_holds_accounts(self) -> None:
        opened = book()
        opened.apply([ask(1, amount=7), ask(2, ANN, BOB, 3, step=Step.HOLD)])
        asked = end(3, 2, amount=4)
        assert opened.apply([asked]) == [
            Line(asked, Result.EXCEEDS_PENDING, ANN, BOB, 4, 0, 0, 7, 0, 3, 0, None, NOW)
        ]

    def test_of_an_account_on_the_debit_side_counts_the_other_way(self) -> None:
        opened = book()
        asked = ask(1, VAULT, ANN, 5)
        held = ask(2, BOB, VAULT, 1, step=Step.HOLD)
        assert opened.apply([asked]) == [
            Line(asked, Result.POSTED, VAULT, ANN, 5, 1, 1, 5, 5, 0, 0, None, NOW)
        ]
        opened.accounts[BOB].credits_posted = 9
        assert opened.apply([held]) == [
            Line(held, Result.PENDING, BOB, VAULT, 1, 1, 2, 9, 5, 1, 1, None, NOW)
        ]
        more = ask(3, VAULT, ANN, 2)
        assert opened.apply([more]) == [
            Line(more, Result.POSTED, VAULT, ANN, 2, 3, 2, 7, 7, 1, 0, None, NOW)
        ]

    def test_that_was_decided_elsewhere_is_a_refusal_alone(self) -> None:
        asked = ask(1, 98, 99)
        assert book().refusal(asked, Result.OVERFLOW) == Line(
            asked, Result.OVERFLOW, 98, 99, 5, 0, 0, 0, 0, 0, 0, None, NOW
        )


class TestAGroup:
    """The name of a group: its first transfer."""

    def test_is_named_in_each_of_its_lines(self) -> None:
        lines = book().apply([ask(1, linked=True), ask(2)])
        assert [line.group for line in lines] == [name(1), name(1)]

    def test_is_named_in_holds_and_their_ends(self) -> None:
        opened = book()
        opened.apply([ask(1, amount=9)])
        held = opened.apply([ask(2, ANN, BOB, 3, step=Step.HOLD, linked=True), ask(3)])
        assert [line.group for line in held] == [name(2), name(2)]
        ended = opened.apply([end(4, 2, linked=True), ask(5)])
        assert [(line.result, line.group) for line in ended] == [(Result.POSTED, name(4))] * 2

    def test_is_named_in_the_refusals_of_all(self) -> None:
        lines = book().apply([ask(1, linked=True), ask(2, ANN, BOB, 9), ask(3)])
        assert [(line.result, line.group) for line in lines] == [
            (Result.LINKED_FAILED, name(1)),
            (Result.INSUFFICIENT_FUNDS, name(1)),
            (Result.POSTED, None),
        ]

    def test_is_named_where_a_limit_refuses_it(self) -> None:
        lines = book().apply([ask(1), ask(2)], [limit(4)])
        assert [(line.result, line.group) for line in lines] == [
            (Result.LIMIT_EXCEEDED, name(1)),
            (Result.LINKED_FAILED, name(1)),
        ]

    def test_of_one_has_no_name(self) -> None:
        (posted,) = book().apply([ask(1)], [limit(5)])
        (refused,) = book().apply([ask(1)], [limit(4)])
        assert (posted.result, posted.group) == (Result.POSTED, None)
        assert (refused.result, refused.group) == (Result.LIMIT_EXCEEDED, None)

    @pytest.mark.parametrize(
        ("culprit", "result"),
        [
            (ask(9, ANN, BOB, 1, step=Step.HOLD), Result.OVERFLOW),
            (end(9, 7), Result.OVERFLOW),
            (end(9, 8), Result.PENDING_NOT_FOUND),
        ],
    )
    def test_is_named_by_the_transfer_that_breaks_it(
        self, culprit: Transfer, result: Result
    ) -> None:
        opened = book(credits_posted=TOTAL_MAX)
        opened.accounts[BOB].credits_posted = TOTAL_MAX
        opened.holds[name(7)] = HoldLine(name(7), ANN, BOB, 1, None)
        opened.accounts[BOB].credits_pending = TOTAL_MAX
        lines = opened.apply([ask(5, VAULT, CASH, linked=True), culprit])
        assert [(line.result, line.group) for line in lines] == [
            (Result.LINKED_FAILED, name(5)),
            (result, name(5)),
        ]

    @pytest.mark.parametrize(
        ("culprit", "result"),
        [
            (ask(9)._replace(id=TransferId(UUID(int=9))), Result.ID_OUT_OF_WINDOW),
            (ask(9, amount=0), Result.AMOUNT_NOT_POSITIVE),
            (ask(9, 98, ANN), Result.ACCOUNT_NOT_FOUND),
            (ask(9, CASH, 5), Result.ACCOUNT_CLOSED),
            (ask(9, CASH, 6), Result.ACCOUNT_FROZEN),
            (ask(9, CASH, CASH), Result.ACCOUNTS_EQUAL),
            (ask(9, CASH, 7), Result.ASSET_MISMATCH),
            (ask(9, CASH, VAULT, 1), Result.INSUFFICIENT_FUNDS),
            (ask(9, amount=TOTAL_MAX), Result.OVERFLOW),
        ],
    )
    def test_is_named_whatever_breaks_it(self, culprit: Transfer, result: Result) -> None:
        accounts = {
            **book().accounts,
            5: Position(5, 1, 0, closed=True),
            6: Position(6, 1, 0, frozen=True),
            7: Position(7, 2, 0),
        }
        lines = Book(at=NOW, accounts=accounts).apply([ask(8, linked=True), culprit])
        assert [(line.result, line.group) for line in lines] == [
            (Result.LINKED_FAILED, name(8)),
            (result, name(8)),
        ]


class TestTotals:
    """The greatest total that an account may have."""

    @pytest.mark.parametrize("side", ["debit", "credit"])
    @pytest.mark.parametrize("over", [0, 1])
    @pytest.mark.parametrize("step", [Step.POST, Step.HOLD, Step.CAPTURE])
    def test_may_be_reached_and_not_passed(self, step: Step, side: str, over: int) -> None:
        opened = book()
        payer, payee = opened.accounts[CASH], opened.accounts[ANN]
        opened.apply([ask(1, amount=3, step=Step.HOLD)])
        total = "pending" if step is Step.HOLD else "posted"
        full = TOTAL_MAX - 3 + over
        if side == "debit":
            setattr(payer, f"debits_{total}", full)
        else:
            setattr(payee, f"credits_{total}", full)
        before = payer.save(), payee.save()
        asked = end(2, 1) if step is Step.CAPTURE else ask(2, amount=3, step=step)
        (line,) = opened.apply([asked])
        done = Result.PENDING if step is Step.HOLD else Result.POSTED
        assert line.result is (Result.OVERFLOW if over else done)
        assert (before == (payer.save(), payee.save())) is bool(over)


class TestAReplay:
    """A second asking under a known id is the same only when all of it is."""

    @pytest.mark.parametrize(
        ("first", "again"),
        [
            (ask(1, amount=1), ask(1, amount=0)),
            (ask(1), ask(1, amount=6)),
            (ask(1), ask(1, 0, ANN)),
            (ask(1), ask(1, CASH, 0)),
            (ask(1), ask(1, credit=BOB)),
            (ask(1), ask(1, debit=VAULT)),
            (ask(1), ask(1, kind="a.c")),
            (ask(1), ask(1, step=Step.HOLD)),
            (ask(1), ask(1, memo="other")),
            (ask(1), ask(1, reference=name(3))),
            (ask(1), ask(1, metadata={"a": 1})),
            (ask(1, metadata={"a": 1}), ask(1, metadata={"a": 2})),
            (ask(1, metadata={"a": 1}), ask(1)),
            (ask(1), ask(1, hold_id=name(3))),
        ],
    )
    def test_of_something_else_is_told_apart(self, first: Transfer, again: Transfer) -> None:
        opened = book()
        assert opened.apply([first])[0].result is Result.POSTED
        totals = [position.save() for position in opened.accounts.values()]
        assert opened.apply([again])[0].result is Result.EXISTS_DIFFERENT
        assert [position.save() for position in opened.accounts.values()] == totals

    @pytest.mark.parametrize(
        ("again", "result"),
        [
            (end(3, 2), Result.EXISTS),
            (end(3, 2, amount=3), Result.EXISTS),
            (end(3, 2, amount=2), Result.EXISTS_DIFFERENT),
            (end(3, 2, Step.VOID), Result.EXISTS_DIFFERENT),
            (end(3, 1), Result.EXISTS_DIFFERENT),
            (end(3, 2)._replace(debit=AccountId(ANN), credit=AccountId(BOB)), Result.EXISTS),
            (end(3, 2)._replace(debit=AccountId(BOB)), Result.EXISTS_DIFFERENT),
            (end(3, 2)._replace(credit=AccountId(ANN)), Result.EXISTS_DIFFERENT),
        ],
    )
    def test_of_an_end_may_leave_out_what_the_hold_says(
        self, again: Transfer, result: Result
    ) -> None:
        opened = book()
        opened.apply([ask(1, amount=7), ask(2, ANN, BOB, 3, step=Step.HOLD), end(3, 2)])
        assert opened.apply([again])[0].result is result

    def test_of_metadata_compares_what_the_database_gives_back(self) -> None:
        opened = book()
        opened.apply([ask(1, metadata={"a": (1, 2)})])
        assert opened.apply([ask(1, metadata={"a": [1, 2]})])[0].result is Result.EXISTS


class TestAPlainTransfer:
    """What the short form may take."""

    @pytest.mark.parametrize(
        ("asked", "is_it"),
        [
            (ask(1), True),
            (ask(1, amount=1), True),
            (ask(1, amount=TOTAL_MAX), True),
            (ask(1, amount=TOTAL_MAX + 1), False),
            (ask(1, amount=0), False),
            (ask(1, amount=-1), False),
            (ask(1, step=Step.HOLD), False),
            (ask(1, step=Step.VOID), False),
            (ask(1, linked=True), False),
            (ask(1, hold_id=name(2)), False),
            (ask(1, expires_at=NOW), False),
            (ask(1)._replace(id=TransferId(UUID(int=BASE ^ 1 << 76))), False),
            (ask(1)._replace(id=TransferId(UUID(int=BASE ^ 1 << 62))), False),
        ],
    )
    def test_posts_at_once_between_two_accounts(self, asked: Transfer, is_it: bool) -> None:  # noqa: FBT001 - a column of the table
        assert is_plain(asked, NOW) is is_it

    @pytest.mark.parametrize("sign", [1, -1])
    def test_is_dated_within_a_day(self, sign: int) -> None:
        day, millisecond = timedelta(hours=24), timedelta(milliseconds=1)
        assert is_plain(ask(1), NOW + sign * day)
        assert not is_plain(ask(1), NOW + sign * (day + millisecond))

    def test_reaches_to_the_ends_of_the_window(self) -> None:
        # The least id 24 hours ago and the greatest in 24 hours; only those of version 7 count.
        first = (BASE >> 80) - 86_400_000 << 80 | 0x7 << 76 | 0b10 << 62
        last = (BASE >> 80) + 86_400_000 << 80 | 0x7FFF << 64 | 0b10 << 62 | (1 << 62) - 1
        for number in (first, last):
            asked = ask(1)._replace(id=TransferId(UUID(int=number)))
            assert is_plain(asked, NOW)
            assert book().apply([asked])[0].result is Result.POSTED
