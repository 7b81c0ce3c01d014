"""Clients of venues, and the numbers of their requests."""

import threading
from uuid import uuid4

import pytest
from django.db import connections, transaction

from fondaco.kit.django import tenancy
from fondaco.kit.errors import InvalidField
from fondaco.market.actions.venues import take_nonce
from fondaco.market.venues import open_venue


class TestOpenVenue:
    @pytest.mark.parametrize(
        ("name", "kind"),
        [("kraken", "kraken"), ("binance", "binance"), ("htx", "htx"), ("huobi", "htx")],
    )
    def test_knows_three_and_one_by_its_old_name(self, name: str, kind: str) -> None:
        venue = open_venue(kind=name)
        assert venue.kind == kind
        venue.close()

    def test_knows_no_other(self) -> None:
        with pytest.raises(InvalidField):
            open_venue(kind="bourse")


@pytest.mark.usefixtures("tenant")
class TestNonces:
    def test_only_grow_however_many_take_them_at_once(self) -> None:
        key, taken, lock = uuid4().hex, list[int](), threading.Lock()

        def take() -> None:
            for _ in range(20):
                with lock:  # so that the order in which they were taken is known
                    taken.append(take_nonce(key=key))

        def race() -> None:
            mine = [take_nonce(key=key) for _ in range(20)]
            assert mine == sorted(set(mine))
            with lock:
                raced.extend(mine)
            connections.close_all()

        raced: list[int] = []
        take()
        threads = [threading.Thread(target=tenancy.run_in_context(race)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        take()
        assert len(set(raced)) == 160
        assert taken == sorted(set(taken))
        assert taken[19] < min(raced)
        assert max(raced) < taken[20]

    def test_are_not_taken_inside_a_transaction(self) -> None:
        with pytest.raises(RuntimeError), transaction.atomic():
            take_nonce(key="any")
