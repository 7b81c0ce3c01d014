"""What surrounds every request: its id, its headers, and who may ask from a browser."""

import re

import pytest

from fondaco.kit.options import override
from tests.plumbing.api import ApiClient

TOKEN = "merchant"
ORIGIN = "https://shop.example"


class TestRequestId:
    def test_is_the_callers(self, api: ApiClient) -> None:
        response = api.get("/open", headers={"X-Request-Id": "order-7.a_B"})
        assert response.headers["X-Request-Id"] == "order-7.a_B"

    @pytest.mark.parametrize(
        "given", ["short", "x" * 65, "with space", "a\nb-injected", "é" * 10, ""]
    )
    def test_is_ours_when_the_callers_is_none(self, api: ApiClient, given: str) -> None:
        answered = api.get("/open", headers={"X-Request-Id": given}).headers["X-Request-Id"]
        assert re.fullmatch(r"[0-9a-f]{24}", answered)

    def test_is_new_each_time(self, api: ApiClient) -> None:
        assert len({api.get("/open").headers["X-Request-Id"] for _ in range(5)}) == 5


class TestHeaders:
    def test_keep_answers_out_of_caches_frames_and_guesses(self, api: ApiClient) -> None:
        headers = api.get("/open").headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert headers["Referrer-Policy"] == "same-origin"

    def test_demand_encryption_only_over_encryption(self, api: ApiClient) -> None:
        assert "Strict-Transport-Security" not in api.get("/open").headers
        secure = api._client.get("/api/v1/open", secure=True, headers={"Host": api.host})
        assert secure.headers["Strict-Transport-Security"].startswith("max-age=")

    def test_believe_only_named_proxies_about_encryption(self, api: ApiClient) -> None:
        forwarded = {"X-Forwarded-Proto": "https"}
        assert "Strict-Transport-Security" not in api.get("/open", headers=forwarded).headers
        with override(trusted_proxies=("127.0.0.1/32",)):
            assert "Strict-Transport-Security" in api.get("/open", headers=forwarded).headers
            plain = {"X-Forwarded-Proto": "http"}
            assert "Strict-Transport-Security" not in api.get("/open", headers=plain).headers


class TestCors:
    def preflight(self, api: ApiClient, origin: str) -> dict[str, str]:
        response = api.send(
            "OPTIONS",
            "/charges",
            headers={"Origin": origin, "Access-Control-Request-Method": "POST"},
        )
        assert response.status_code == 204
        return {
            name: value for name, value in response.headers.items() if name.startswith("Access")
        }

    def test_allows_nobody_by_default(self, api: ApiClient) -> None:
        assert self.preflight(api, ORIGIN) == {}
        assert (
            "Access-Control-Allow-Origin"
            not in api.get("/open", headers={"Origin": ORIGIN}).headers
        )

    def test_answers_the_browsers_question_without_credentials(self, api: ApiClient) -> None:
        with override(allowed_origins=(ORIGIN,)):
            allowed = self.preflight(api, ORIGIN)
        assert allowed["Access-Control-Allow-Origin"] == ORIGIN
        assert "POST" in allowed["Access-Control-Allow-Methods"]
        assert {"Authorization", "Idempotency-Key"} <= set(
            allowed["Access-Control-Allow-Headers"].split(", ")
        )
        assert "Access-Control-Allow-Credentials" not in allowed

    @pytest.mark.parametrize(
        "origin", ["https://evil.example", "null", f"{ORIGIN}.evil.example", ""]
    )
    def test_allows_no_other_origin(self, api: ApiClient, origin: str) -> None:
        with override(allowed_origins=(ORIGIN,)):
            assert self.preflight(api, origin) == {}

    def test_lets_allowed_origins_read_answers_and_problems(self, api: ApiClient) -> None:
        with override(allowed_origins=(ORIGIN,)):
            for path in ("/open", "/nowhere", "/things"):
                headers = api.get(path, headers={"Origin": ORIGIN}).headers
                assert headers["Access-Control-Allow-Origin"] == ORIGIN
                assert "Origin" in headers["Vary"]
                assert "Retry-After" in headers["Access-Control-Expose-Headers"]

    def test_never_allows_credentials_to_all(self, api: ApiClient) -> None:
        with override(allowed_origins=("*",)):
            allowed = self.preflight(api, ORIGIN)
        assert allowed["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in allowed

    def test_leaves_a_plain_options_request_to_the_path(self, api: ApiClient) -> None:
        assert api.send("OPTIONS", "/charges").status_code == 405
