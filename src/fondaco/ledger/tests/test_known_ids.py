"""Ids that were used before, in batches that look only at the bounds of their ids."""

from datetime import timedelta
from uuid import UUID

import pytest

from fondaco.kit import clock
from fondaco.kit.ids import uuid7
from fondaco.ledger import actions, store
from fondaco.ledger.dating import least_id
from fondaco.ledger.tests.books import balance, give, move, open_wallet, results
from fondaco.ledger.types import AccountId, Result, Transfer, TransferId

pytestmark = pytest.mark.usefixtures("tenant")

SIZES = [actions.posting.QUICK_FROM, store.COPY_FROM + 10]
"""A batch that starts from what is remembered, and one that is streamed as well."""


def new_ones(payer: AccountId, payee: AccountId, size: int, far: timedelta) -> list[Transfer]:
    """Ask for movements, the first of which is dated back."""
    number = least_id(clock.now() - far).int | uuid7().int & (1 << 80) - 1
    first = TransferId(UUID(int=number))
    return [
        move(payer, payee, 1, id=first),
        *[move(payer, payee, 1) for _ in range(size - 1)],
    ]


class TestKnownIds:
    """What a large batch answers to them."""

    @pytest.mark.parametrize("size", SIZES)
    @pytest.mark.parametrize("far", [timedelta(0), timedelta(hours=1)])
    def test_are_answered_with_what_happened_first(self, size: int, far: timedelta) -> None:
        """Posted or refused, among new ones whose ids lie near or far."""
        payer, empty, payee = open_wallet(), open_wallet(), open_wallet()
        give(payer, 1000)
        done, refused = move(payer, payee, 1), move(empty, payee, 1)
        assert results(done, refused) == [Result.POSTED, Result.INSUFFICIENT_FUNDS]
        give(empty, 1000)
        posted = [Result.POSTED] * size
        first, second = (new_ones(payer, payee, size, far) for _ in range(2))
        assert results(*first, done) == [*posted, Result.EXISTS]
        assert results(refused, *second) == [Result.ALREADY_REJECTED, *posted]
        assert (balance(payee), balance(empty)) == (1 + 2 * size, 1000)

    @pytest.mark.parametrize("size", SIZES)
    def test_are_replays_even_where_all_others_are_refused(self, size: int) -> None:
        """What would be refused now was posted then."""
        payer, payee = open_wallet(), open_wallet()
        give(payer, 1)
        done = move(payer, payee, 1)
        assert results(done) == [Result.POSTED]
        short = [move(payer, payee, 1) for _ in range(size)]
        refused = [Result.INSUFFICIENT_FUNDS] * size
        assert results(done, *short) == [Result.EXISTS, *refused]
        again = [Result.ALREADY_REJECTED] * size
        assert results(done, *short) == [Result.EXISTS, *again]
        assert balance(payee) == 1
