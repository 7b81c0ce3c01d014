"""Find tenants by name and host; answers live for a second, so that a request costs no query.

Plain SQL with qualified names: it works in any scope, and before the models are loaded.
"""

import re
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final

from django.db import connection

from fondaco.kit.django.tenancy import context
from fondaco.kit.django.tenancy.context import TenantScope
from fondaco.kit.errors import NotFound

LIFETIME_S: Final = 1.0
"""How long an answer is believed; a stopped tenant is refused after this."""

_CACHE_MAX: Final = 10_000
"""Unknown host names are remembered too, so a flood of them must not fill the memory."""

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_HOST: Final = re.compile(r"[a-z0-9._:\[\]-]{1,253}", re.ASCII)
"""What a header may hold is endless; what is no name or host at all is not asked for."""

_BY_NAME: Final = """
    SELECT name, schema, mode FROM public.tenancy_tenant WHERE name = %s AND ready_at IS NOT NULL
"""
_BY_HOST: Final = """
    SELECT tenant.name, tenant.schema, tenant.mode
    FROM public.tenancy_tenant AS tenant
    JOIN public.tenancy_tenanthost AS host ON host.tenant_id = tenant.id
    WHERE host.host = %s AND tenant.ready_at IS NOT NULL
"""
_SANDBOX: Final = """
    SELECT sandbox.name, sandbox.schema, sandbox.mode
    FROM public.tenancy_tenant AS sandbox
    JOIN public.tenancy_tenant AS tenant ON sandbox.sandbox_of_id = tenant.id
    WHERE tenant.name = %s AND sandbox.ready_at IS NOT NULL
"""
_HOME: Final = """
    SELECT tenant.name, tenant.schema, tenant.mode
    FROM public.tenancy_tenant AS sandbox
    JOIN public.tenancy_tenant AS tenant ON sandbox.sandbox_of_id = tenant.id
    WHERE sandbox.name = %s AND tenant.ready_at IS NOT NULL
"""
_ALL: Final = """
    SELECT name, schema, mode FROM public.tenancy_tenant WHERE ready_at IS NOT NULL ORDER BY name
"""

_answers: dict[tuple[str, str], tuple[float, TenantScope | None]] = {}


class UnknownTenant(NotFound):
    """Say that no tenant has this name or host."""

    code = "tenant_not_found"
    title = "There is no such tenant."


def get_scope(name: str) -> TenantScope:
    """Give the tenant of a name.

    :raises UnknownTenant: there is none, or it is not completely made yet
    """
    found = _remembered(_BY_NAME, name) if _NAME.fullmatch(name) else None
    if found is None:
        raise UnknownTenant
    return found


def find_by_host(host: str) -> TenantScope | None:
    """Give the tenant that answers under a host name (without port), or none."""
    plain = host.lower().rstrip(".")
    return _remembered(_BY_HOST, plain) if _HOST.fullmatch(plain) else None


def find_sandbox(name: str) -> TenantScope | None:
    """Give the sandbox beside the tenant of a name, or none."""
    return _remembered(_SANDBOX, name)


def find_home(name: str) -> TenantScope | None:
    """Give the tenant beside which the sandbox of a name lies, or none."""
    return _remembered(_HOME, name)


def list_scopes() -> list[TenantScope]:
    """Give all tenants in order of their names, never from memory."""
    with _reading(), connection.cursor() as cursor:
        cursor.execute(_ALL)
        return [TenantScope(*row) for row in cursor.fetchall()]


def scope(tenant: TenantScope | str) -> AbstractContextManager[TenantScope]:
    """Work for a tenant within the block; a text is its name.

    :raises UnknownTenant: no tenant has the name
    """
    return context.enter(get_scope(tenant) if isinstance(tenant, str) else tenant)


def forget() -> None:
    """Drop what is remembered, after tenants were made or removed."""
    _answers.clear()


def _remembered(statement: str, key: str) -> TenantScope | None:
    now = time.monotonic()
    known = _answers.get((statement, key))
    if known is not None and known[0] > now:
        return known[1]
    with _reading(), connection.cursor() as cursor:
        cursor.execute(statement, [key])
        row = cursor.fetchone()
    found = TenantScope(*row) if row else None
    if len(_answers) >= _CACHE_MAX:
        _answers.clear()
    _answers[statement, key] = (now + LIFETIME_S, found)
    return found


@contextmanager
def _reading() -> Iterator[None]:
    """Keep the scope that is open, since a transaction may belong to it; else take the system's."""
    if context.find_active() is not None:
        yield
        return
    with context.system_scope():
        yield
