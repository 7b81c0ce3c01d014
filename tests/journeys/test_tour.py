"""The tour for newcomers, taken through the whole application: every example of it answers as it says."""

from collections.abc import Callable
from io import StringIO
from typing import Any

import httpx
from rich.console import Console

from fondaco.kit.options import override
from fondaco.project.wsgi import application
from tools import tour
from tools.guide import Ask, Guide


def guide_of(tenant: Any) -> Guide:
    """Lead through a tenant without network."""
    origin = f"http://{tenant.name.replace('_', '-')}.test"
    return Guide(origin, Console(file=StringIO()), httpx.WSGITransport(app=application))


class TestTheTour:
    def test_finds_every_answer_as_it_should_be(self, fresh_tenant: Callable[[], Any]) -> None:
        guide = guide_of(fresh_tenant())
        tour.walk(guide)
        assert guide.wrong == []
        assert guide.asked == 44

    def test_tells_when_an_answer_is_not(self, other_tenant: Any) -> None:
        guide = guide_of(other_tenant)
        guide.ask(Ask(says="Who am I?", method="GET", path="/me", status=200, expected={"a": 1}))
        assert guide.wrong == [
            "1. GET /me: status 401, should be 200",
            "1. GET /me: a is '(missing)', should be 1",
        ]

    def test_is_refused_self_service_money_in_a_live_house(
        self, fresh_tenant: Callable[..., Any]
    ) -> None:
        guide = guide_of(fresh_tenant(mode="live"))
        with override(registration="open"):
            ada = tour.sign_up_client(guide)
        refused = guide.ask(
            Ask(
                says="In a live house nobody prints money.",
                path=f"/wallets/{ada.wallet}/top-ups",
                status=403,
                body={"amount": "100.00"},
                token=ada.token,
                key="top-up-1",
                expected={"code": "top_up_disabled"},
            )
        )
        assert guide.wrong == []
        assert refused["status"] == 403
