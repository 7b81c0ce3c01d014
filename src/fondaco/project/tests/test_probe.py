"""The probe against the whole application, healthy and broken."""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import uuid4

import httpx
import pytest

from fondaco.identity.tests.people import unique
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import maintenance, tenancy
from fondaco.kit.django.tenancy.context import TenantScope
from fondaco.project.probe import Probe, ProbeFailed
from fondaco.project.wsgi import application

PASSWORD = "violet-harbour-27-lanterns"


@dataclass
class Prober:
    """A customer of one tenant with some money."""

    origin: str
    tenant: TenantScope
    username: str
    seen: list[httpx.Request] = field(default_factory=list)
    broken: Callable[[httpx.Request], httpx.Response | None] = lambda _request: None

    def ask(self, method: str, path: str, body: object, token: str = "") -> httpx.Response:
        headers = {"Idempotency-Key": "k" + path}
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        inside = httpx.WSGITransport(app=application)
        with httpx.Client(base_url=self.origin, transport=inside) as client:
            return client.request(method, f"/api/v1{path}", json=body, headers=headers)

    def probe(self, password: str = PASSWORD) -> list[str]:
        """Run it, and give the steps that worked."""
        inside = httpx.WSGITransport(app=application)
        prober = self

        class Road(httpx.BaseTransport):
            def handle_request(self, request: httpx.Request) -> httpx.Response:
                prober.seen.append(request)
                return prober.broken(request) or inside.handle_request(request)

        steps: list[str] = []
        Probe(
            self.origin, self.username, password, lambda step, _took_s: steps.append(step), Road()
        ).run()
        return steps


@pytest.fixture(scope="module")
def house(fresh_tenant: Callable[[], TenantScope]) -> TenantScope:
    """Give a tenant whose maintenance disturbs nobody."""
    return fresh_tenant()


@pytest.fixture
def prober(house: TenantScope) -> Prober:
    made = Prober(f"http://{house.name.replace('_', '-')}.test", house, unique())
    body = {
        "kind": "client",
        "username": made.username,
        "password": PASSWORD,
        "first_name": "Pro",
        "last_name": "Ber",
        "phone": f"+346{uuid4().int % 10**8:08d}",
    }
    told = made.ask("POST", "/auth/register", body)
    assert told.status_code == 201, told.text
    wallet, token = told.json()["wallet"]["token"], told.json()["access_token"]
    path = f"/wallets/{wallet}/top-ups"
    assert made.ask("POST", path, {"amount": "0.03"}, token).status_code == 201
    return made


class TestProbe:
    def test_makes_every_step_again_and_again(self, prober: Prober) -> None:
        first, second, third = prober.probe(), prober.probe(), prober.probe()
        rest = ["move 0.01 USD", "read it back", "read it back", "log out"]
        assert first == [
            "see that it is ready",
            "log in",
            "list the wallets",
            "open a wallet",
            *rest,
        ]
        assert second == third == [*first[:3], *rest]

    def test_stops_where_the_password_is_wrong(self, prober: Prober) -> None:
        with pytest.raises(ProbeFailed, match="Could not log in: 401"):
            prober.probe(password="wrong-harbour-27-lanterns")

    def test_stops_in_maintenance(self, prober: Prober) -> None:
        prober.probe()
        with tenancy.scope(prober.tenant):
            maintenance.begin(reason="x", by=SYSTEM)
        try:
            with pytest.raises(ProbeFailed, match=r"Could not move 0.01 USD: 503 .*maintenance"):
                prober.probe()
        finally:
            with tenancy.scope(prober.tenant):
                maintenance.end()

    def test_says_that_the_prober_has_no_money(self, prober: Prober) -> None:
        def poor(request: httpx.Request) -> httpx.Response | None:
            wallet = {"state": "open", "balances": [], "id": "w", "token": "t"}
            is_list = request.method == "GET" and request.url.path.endswith("/wallets")
            return httpx.Response(200, json={"items": [wallet, wallet]}) if is_list else None

        prober.broken = poor
        with pytest.raises(ProbeFailed, match="no money"):
            prober.probe()

    def test_notices_money_that_did_not_arrive(self, prober: Prober) -> None:
        def swallow(request: httpx.Request) -> httpx.Response | None:
            is_move = request.url.path.endswith("/internal-movements")
            return httpx.Response(201, json={"id": "ord_x"}) if is_move else None

        prober.broken = swallow
        with pytest.raises(ProbeFailed, match=r"has 0.03 and should have 0.02"):
            prober.probe()

    def test_notices_an_answer_that_is_not_ours(self, prober: Prober) -> None:
        prober.broken = lambda _request: httpx.Response(200, html="<h1>Welcome</h1>")
        with pytest.raises(ProbeFailed, match="not what it should be"):
            prober.probe()

    def test_says_that_nobody_answers(self) -> None:
        with pytest.raises(ProbeFailed, match="does not answer: ConnectError"):
            Probe("http://127.0.0.1:1", "x", "x", lambda _step, _took_s: None).run()
