"""Find out for which tenant a request is, and keep its whole handling to that tenant."""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port

from fondaco.kit.django.api import problems
from fondaco.kit.django.tenancy import context, directory
from fondaco.kit.django.tenancy.context import TenantScope
from fondaco.kit.django.tenancy.directory import UnknownTenant
from fondaco.kit.options import options

TEST_KEY: Final = "key key_test_"
"""How the header ``Authorization`` begins, in small letters, when a test key signs the request."""
TENANTLESS: Final = ("/livez", "/readyz", "/status", "/metrics")
"""Paths about the installation, not about a tenant; they see what all tenants share."""

_split: Final = lru_cache(maxsize=1024)(split_domain_port)
"""Hosts come by the thousand, but few are different."""


class TenantMiddleware:
    """Open the scope of the tenant that the host name, the trusted header or the default names."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep what handles the request."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle the request within its tenant's scope; 404 where there is no such tenant."""
        if request.path_info in TENANTLESS:
            with context.system_scope():
                return self._get_response(request)
        try:
            named = tenant_of(host=request.get_host(), header=request.META.get("HTTP_X_TENANT"))
            tenant = _led_by_key(named, request.META.get("HTTP_AUTHORIZATION"))
        except (UnknownTenant, DatabaseError, InterfaceError) as error:
            return problems.answer(request, error)
        with context.enter(tenant):
            return self._get_response(request)


def _led_by_key(tenant: TenantScope, authorization: str | None) -> TenantScope:
    """Give the tenant's sandbox for a request with a test key, so that it never meets live data."""
    if authorization is None or authorization[: len(TEST_KEY)].lower() != TEST_KEY:
        return tenant
    return directory.find_sandbox(tenant.name) or tenant


def tenant_of(*, host: str, header: str | None) -> TenantScope:
    """Give the tenant that a host (port allowed) or, where the deployment trusts it, a header names.

    The host comes first, then the header, then the deployment's default tenant.

    :raises UnknownTenant: none of them leads to a tenant
    """
    domain, _port = _split(host)
    by_host = directory.find_by_host(domain)
    if by_host is not None:
        return by_host
    if header and options().trust_tenant_header:
        return directory.get_scope(header)
    if options().default_tenant:
        return directory.get_scope(options().default_tenant)
    raise UnknownTenant
