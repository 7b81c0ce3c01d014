"""For which tenant a request is."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from fondaco.kit import options
from fondaco.kit.django import tenancy
from fondaco.kit.django.tenancy import directory
from fondaco.kit.django.tenancy.middleware import TenantMiddleware


def _say_tenant(_request: HttpRequest) -> HttpResponse:
    tenant = tenancy.find_current()
    return HttpResponse(tenant.name if tenant else f"system={tenancy.is_system()}")


def _ask(host: str, path: str = "/", **headers: str) -> HttpResponse:
    request = RequestFactory().get(path, headers={"Host": host, **headers})
    return TenantMiddleware(_say_tenant)(request)


@pytest.fixture
def trusting() -> Iterator[None]:
    """Trust the header."""
    with options.override(trust_tenant_header=True):
        yield


@pytest.fixture
def by_default() -> Iterator[None]:
    """Have a default tenant."""
    with options.override(default_tenant="beta"):
        yield


class TestTenantOfARequest:
    """The tenant in whose scope a request is handled."""

    @pytest.mark.parametrize("host", ["alpha.test", "ALPHA.test", "alpha.test:8000"])
    def test_is_the_one_of_the_host(self, host: str) -> None:
        assert _ask(host).content == b"alpha"
        assert tenancy.find_current() is None

    def test_is_not_the_one_of_a_header_that_nobody_trusts(self) -> None:
        assert _ask("other.test", **{"X-Tenant": "alpha"}).status_code == 404

    def test_is_the_one_of_a_trusted_header(self, trusting: None) -> None:
        assert _ask("other.test", **{"X-Tenant": "beta"}).content == b"beta"

    def test_is_the_hosts_before_the_headers(self, trusting: None) -> None:
        assert _ask("alpha.test", **{"X-Tenant": "beta"}).content == b"alpha"

    def test_is_the_default_for_other_hosts(self, by_default: None) -> None:
        assert _ask("other.test").content == b"beta"

    @pytest.mark.parametrize("header", ["unknown", "", "alpha' OR 1=1", "\ud83d"])
    def test_is_a_problem_when_there_is_none(self, trusting: None, header: str) -> None:
        answer = _ask("other.test", **{"X-Tenant": header})
        body: dict[str, Any] = json.loads(answer.content)
        assert (answer.status_code, body["code"]) == (404, "tenant_not_found")
        assert answer.headers["Content-Type"] == "application/problem+json"

    def test_is_to_be_asked_again_when_the_database_leaves_meanwhile(self) -> None:
        directory.forget()
        connection.ensure_connection()
        connection.connection.close()
        answer = _ask("alpha.test")
        connection.close()
        assert (answer.status_code, json.loads(answer.content)["code"]) == (
            503,
            "database_unavailable",
        )
        assert _ask("alpha.test").content == b"alpha"

    @pytest.mark.parametrize("path", ["/livez", "/readyz", "/status", "/metrics"])
    def test_is_none_for_the_installations_own_pages(self, path: str) -> None:
        assert _ask("other.test", path).content == b"system=True"
