"""Counters where no transfer comes along, and how holds ended."""

from uuid import uuid4

import pytest
from django.db import transaction

from fondaco.ledger.actions import usage
from fondaco.ledger.queries.transfers import find_fates
from fondaco.ledger.queries.usage import find_usage
from fondaco.ledger.tests.books import end, give, hold, open_wallet, post
from fondaco.ledger.types import HoldState, Step, UsageClaim

pytestmark = pytest.mark.usefixtures("tenant")

DAY = "2026-11-21"


def claim(counter: str, amount: int, **maxima: int) -> UsageClaim:
    """Claim an amount of a counter's day."""
    return UsageClaim(counter=counter, window=DAY, amount=amount, **maxima)


class TestCounting:
    def test_counts_all_claims_or_none(self) -> None:
        """What would pass one maximum leaves the other counter as it was."""
        first, second = f"test:{uuid4()}", f"test:{uuid4()}"
        keys = [(first, DAY), (second, DAY)]
        with transaction.atomic():
            assert usage.count([claim(first, 60), claim(second, 5)])
            assert usage.count([claim(first, 40, amount_max=100)])
        assert find_usage(keys=keys) == {(first, DAY): (100, 2), (second, DAY): (5, 1)}
        with transaction.atomic():
            assert not usage.count([claim(second, 1), claim(first, 1, amount_max=100)])
            assert not usage.count([claim(first, 0, count_max=2)])
        assert find_usage(keys=keys) == {(first, DAY): (100, 2), (second, DAY): (5, 1)}

    def test_needs_the_transaction_of_what_uses_it(self) -> None:
        """Or the counter would move and the thing itself might not."""
        counter = f"test:{uuid4()}"
        with pytest.raises(RuntimeError, match="transaction"):
            usage.count([claim(counter, 1)])
        assert find_usage(keys=[(counter, DAY)]) == {}


class TestFates:
    def test_say_how_holds_ended_and_how_much_was_captured(self) -> None:
        """All of them with one query."""
        payer, payee = open_wallet(), open_wallet()
        give(payer, 100)
        captured, voided, still_open = (hold(payer, payee, 20) for _ in range(3))
        post(captured, voided, still_open)
        post(end(captured, Step.CAPTURE, 15), end(voided, Step.VOID))
        assert find_fates(hold_ids=[captured.id, voided.id, still_open.id]) == {
            captured.id: (HoldState.CAPTURED, 15),
            voided.id: (HoldState.VOIDED, 0),
            still_open.id: (HoldState.OPEN, 0),
        }
