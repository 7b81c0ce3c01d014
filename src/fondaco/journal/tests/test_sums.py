"""Sums over what moved, and over what accounts hold."""

from datetime import timedelta
from typing import Any

import pytest

from fondaco.journal.queries import sums
from fondaco.kit import clock
from fondaco.ledger.tests.books import account, give, hold, move, open_wallet, post

pytestmark = pytest.mark.usefixtures("tenant")


class TestSums:
    """What reports and totals are made of."""

    def test_count_each_day_kind_and_side(self) -> None:
        """What was held or refused did not move."""
        payer, payee = open_wallet(), open_wallet()
        give(payer, 100)
        post(move(payer, payee, 10), move(payer, payee, 5), hold(payer, payee, 50))
        post(move(payer, payee, 1000), move(payee, payer, 3))
        now = clock.now()
        span: dict[str, Any] = {"since": now - timedelta(days=2), "until": now + timedelta(days=2)}
        days = sums.sum_by_day(account_ids=[payer], time_zone="UTC", **span)
        assert [(day.is_debit, day.amount, day.count) for day in days] == [
            (False, 103, 2),
            (True, 15, 2),
        ]
        (paid,) = sums.sum_by_counterparty(account_ids=[payer], limit=5, **span)
        assert (paid.account_id, paid.amount, paid.count) == (payee, 15, 2)
        code = account(payer).code
        (held,) = [one for one in sums.sum_balances(folded=code) if one.code == code]
        assert (held.posted.minor, held.count) == (88, 1)
