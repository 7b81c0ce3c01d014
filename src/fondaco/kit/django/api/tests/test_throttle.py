"""Rate limits on requests."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connections
from django.http import HttpRequest

from fondaco.kit import clock
from fondaco.kit.django import tenancy
from fondaco.kit.django.api import attempts, throttle
from fondaco.kit.django.api.addresses import client_address
from fondaco.kit.django.api.refusals import TooManyRequests
from fondaco.kit.django.api.sliding import MemoryLimiter
from fondaco.kit.options import override
from tests.plumbing.api import ApiClient

MERCHANT = "merchant"
CHARGE = {"wallet": "w1", "amount": "1"}


@pytest.fixture(autouse=True)
def limits_on() -> Iterator[None]:
    """Throttle, which other tests do not."""
    with override(rate_limits=True):
        yield


class TestAnonymous:
    def test_gets_60_requests_a_minute(self, api: ApiClient) -> None:
        answers = [api.get("/open") for _ in range(61)]
        assert [answer.status_code for answer in answers] == [200] * 60 + [429]
        refused = answers[-1]
        assert refused.json()["code"] == "too_many_requests"
        assert 1 <= int(refused.headers["Retry-After"]) <= 60
        assert refused.headers["RateLimit-Limit"] == "60"
        assert refused.headers["RateLimit-Remaining"] == "0"
        assert answers[0].headers["RateLimit-Remaining"] == "59"
        assert 1 <= int(answers[0].headers["RateLimit-Reset"]) <= 60

    def test_cannot_try_tokens_for_ever(self, api: ApiClient) -> None:
        codes = [api.get("/things", token="wrong").json()["code"] for _ in range(61)]
        assert codes == ["unauthenticated"] * 60 + ["too_many_requests"]
        assert api.get("/things", token=MERCHANT).status_code == 200

    def test_is_counted_by_address(self, api: ApiClient) -> None:
        with override(rate_anonymous_per_minute=1, trusted_proxies=("127.0.0.0/8",)):
            for address in ("203.0.113.1", "203.0.113.2"):
                headers = {"X-Forwarded-For": address}
                assert api.get("/open", headers=headers).status_code == 200
                assert api.get("/open", headers=headers).status_code == 429


class TestUser:
    def test_gets_a_burst_of_20_a_second(
        self, api: ApiClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(
            throttle, "_in_memory", throttle._Shared(MemoryLimiter(clock=lambda: 0.0))
        )
        answers = [api.get("/staff", token="operator") for _ in range(21)]
        assert [answer.status_code for answer in answers] == [204] * 20 + [429]
        assert answers[-1].headers["Retry-After"] == "1"

    def test_gets_1000_an_hour(self, api: ApiClient) -> None:
        with override(rate_user_burst_per_second=10_000, rate_user_per_hour=3):
            codes = [api.get("/open", token=MERCHANT).status_code for _ in range(4)]
        assert codes == [200, 200, 200, 429]

    def test_is_not_counted_when_limits_are_off(self, api: ApiClient) -> None:
        with override(rate_limits=False, rate_user_per_hour=1):
            answers = [api.get("/open", token=MERCHANT) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200] * 3
        assert "RateLimit-Limit" not in answers[0].headers


class TestCharges:
    def test_have_an_allowance_of_their_own(self, api: ApiClient) -> None:
        with override(rate_user_per_hour=1, rate_charges_per_second=1000):
            answers = [api.post("/charges", CHARGE, token=MERCHANT) for _ in range(5)]
        assert [answer.status_code for answer in answers] == [201] * 5
        assert answers[0].headers["RateLimit-Limit"] == "1000"

    def test_count_each_of_a_batch(self, api: ApiClient) -> None:
        with override(rate_charges_per_second=10):
            assert api.post("/batches", [CHARGE] * 8, token=MERCHANT).status_code == 204
            refused = api.post("/batches", [CHARGE] * 8, token=MERCHANT)
        assert refused.status_code == 429

    def test_share_the_allowance_among_web_processes_without_redis(self, api: ApiClient) -> None:
        with override(rate_charges_per_second=1000, web_workers=4):
            answer = api.post("/charges", CHARGE, token=MERCHANT)
        assert answer.headers["RateLimit-Limit"] == "250"

    def test_leave_each_process_at_least_one(self, api: ApiClient) -> None:
        with override(rate_charges_per_second=2, web_workers=4):
            assert api.post("/charges", CHARGE, token=MERCHANT).status_code == 201


@pytest.mark.usefixtures("tenant")
class TestAttempts:
    def ask(self, account: str, address: str = "192.0.2.1") -> None:
        request = HttpRequest()
        request.META["REMOTE_ADDR"] = address
        attempts.count(request, "login", account)

    def test_are_5_a_minute_for_an_account_from_wherever(self) -> None:
        account = f"{uuid4()}@example.test"
        for index in range(5):
            self.ask(account, f"198.51.100.{index}-{uuid4()}")
        with pytest.raises(TooManyRequests) as refused:
            self.ask(f" {account.upper()} ")
        assert refused.value.retry_after_s is not None
        assert 1 <= refused.value.retry_after_s <= 60

    def test_are_5_a_minute_for_an_address_on_whatever_account(self) -> None:
        address = f"2001:db8:{uuid4().hex[:4]}:{uuid4().hex[:4]}::1"
        for _ in range(5):
            self.ask(str(uuid4()), address)
        with pytest.raises(TooManyRequests):
            self.ask(str(uuid4()), address.replace("::1", "::2"))

    def test_do_not_count_what_was_refused_and_leave_the_window(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        account, address = str(uuid4()), f"2001:db8:{uuid4().hex[:4]}:{uuid4().hex[:4]}::1"
        now = clock.now()
        with clock.set_to(now):
            for _ in range(5):
                self.ask(account, address)
            for _ in range(9):
                with pytest.raises(TooManyRequests):
                    self.ask(account, address)
        with clock.set_to(now + attempts.WINDOW):
            self.ask(account, address)

    def test_are_exact_among_many_threads(self) -> None:
        account = str(uuid4())

        def attempt(index: int) -> bool:
            try:
                self.ask(account, f"10.{index}.0.{uuid4().int % 256}")
            except TooManyRequests:
                return False
            finally:
                connections.close_all()
            return True

        with ThreadPoolExecutor(12) as pool:
            asked = [pool.submit(tenancy.run_in_context(attempt), index) for index in range(12)]
        assert sum(future.result() for future in asked) == 5

    def test_are_counted_in_each_tenant_alone(self, other_tenant: tenancy.TenantScope) -> None:
        account, address = str(uuid4()), f"2001:db8:{uuid4().hex[:4]}:{uuid4().hex[:4]}::1"
        for _ in range(5):
            self.ask(account, address)
        with tenancy.scope(other_tenant):
            self.ask(account, address)

    def test_are_not_counted_when_limits_are_off(self) -> None:
        account = str(uuid4())
        with override(rate_limits=False):
            for _ in range(7):
                self.ask(account)


class TestClientAddress:
    @pytest.mark.parametrize(
        ("remote", "forwarded", "address"),
        [
            ("192.0.2.1", "", "192.0.2.1"),
            ("192.0.2.1", "203.0.113.9", "192.0.2.1"),
            ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
            ("10.0.0.1", "1.1.1.1, 203.0.113.9", "203.0.113.9"),
            ("10.0.0.1", "203.0.113.9, 10.0.0.2", "203.0.113.9"),
            ("10.0.0.1", "junk, 10.0.0.2", "10.0.0.2"),
            ("10.0.0.1", "junk", "10.0.0.1"),
            ("10.0.0.1", "10.0.0.3,10.0.0.2", "10.0.0.3"),
            ("::ffff:10.0.0.1", "203.0.113.9", "203.0.113.9"),
            ("2001:db8::1", "", "2001:db8::/64"),
            ("10.0.0.1", "2001:db8:0:0:5:6:7:8", "2001:db8::/64"),
            ("", "203.0.113.9", ""),
            ("unix:", "203.0.113.9", ""),
        ],
    )
    def test_believes_named_proxies_only(self, remote: str, forwarded: str, address: str) -> None:
        request = HttpRequest()
        request.META |= {"REMOTE_ADDR": remote, "HTTP_X_FORWARDED_FOR": forwarded}
        with override(trusted_proxies=("10.0.0.0/8",)):
            assert client_address(request) == address


class TestReset:
    def test_forgets_everybody(self, api: ApiClient) -> None:
        with override(rate_user_per_hour=1):
            api.get("/open", token=MERCHANT)
            throttle.reset()
            assert api.get("/open", token=MERCHANT).status_code == 200
