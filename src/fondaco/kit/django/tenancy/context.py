"""The context variable that says for whom the running code works.

There are four states: none (every statement is refused), a tenant (its schema, then ``public``), a tenant
that is migrated (its schema alone) and the system (``public`` alone).
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")

PUBLIC: Final = "public"
"""The schema of what all tenants share: the list of tenants, the jobs, the cache."""


class NoTenant(RuntimeError):
    """Say that data is touched while no tenant is set; a mistake in our code, never the caller's."""


class MixedTenants(RuntimeError):
    """Say that a transaction that began for one tenant is used for another."""


@dataclass(frozen=True, slots=True)
class TenantScope:
    """Name a tenant, its schema and what it is for."""

    name: str
    schema: str
    mode: str
    """``live``, ``demo`` (self-service money allowed) or ``sandbox``."""


@dataclass(frozen=True, slots=True)
class Active:
    """Hold what is set at the moment; none as the tenant stands for the system."""

    tenant: TenantScope | None
    search_path: str

    def __str__(self) -> str:
        """Write the tenant's name for messages."""
        return self.tenant.name if self.tenant else "the system"


SYSTEM: Final = Active(None, PUBLIC)

_active: ContextVar[Active | None] = ContextVar("fondaco_tenant", default=None)
_bare: ContextVar[bool] = ContextVar("fondaco_bare_statements", default=False)


def current() -> TenantScope:
    """Give the tenant for whom the running code works.

    :raises NoTenant: there is none, or the system scope is open
    """
    tenant = find_current()
    if tenant is None:
        raise NoTenant("no tenant is set for this code; open tenancy.scope(…)")
    return tenant


def find_current() -> TenantScope | None:
    """Give the tenant for whom the running code works, or none."""
    active = _active.get()
    return active.tenant if active else None


def is_system() -> bool:
    """Tell whether the code works on what all tenants share."""
    return _active.get() == SYSTEM


def require_active() -> Active:
    """Give what is set, be it a tenant or the system.

    :raises NoTenant: nothing is set
    """
    active = _active.get()
    if active is None:
        raise NoTenant("no tenant is set for this statement; open tenancy.scope(…)")
    return active


def find_active() -> Active | None:
    """Give what is set, or none."""
    return _active.get()


def search_path() -> str:
    """Give the quoted schemas of the current scope, for statements over a connection of one's own.

    :raises NoTenant: nothing is set
    """
    return require_active().search_path


def is_bare() -> bool:
    """Tell whether statements run as they are, without a search path."""
    return _bare.get()


def enter(tenant: TenantScope) -> AbstractContextManager[TenantScope]:
    """Work for a tenant within the block."""
    return _Block(tenant)


class _Block:
    """Be the block; a generator would cost each request more."""

    __slots__ = ("_tenant", "_token")

    def __init__(self, tenant: TenantScope) -> None:
        self._tenant = tenant

    def __enter__(self) -> TenantScope:
        self._token = _active.set(_active_for(self._tenant))
        return self._tenant

    def __exit__(self, *_error: object) -> None:
        _active.reset(self._token)


@lru_cache(maxsize=1024)
def _active_for(tenant: TenantScope) -> Active:
    return Active(tenant, f'"{tenant.schema}", {PUBLIC}')


@contextmanager
def migrating(tenant: TenantScope) -> Iterator[TenantScope]:
    """Work on a tenant's tables within the block, with its schema alone in the path.

    With ``public`` behind it Django would find another schema's table of applied migrations.
    """
    with _set(Active(tenant, f'"{tenant.schema}"')):
        yield tenant


@contextmanager
def system_scope() -> Iterator[None]:
    """Work on what all tenants share within the block: schema ``public`` alone."""
    with _set(SYSTEM):
        yield


@contextmanager
def bare_statements() -> Iterator[None]:
    """Send autocommit statements within the block as they are, without a search path.

    For what refuses to run in a transaction (``CREATE INDEX CONCURRENTLY``, ``VACUUM``, ``CREATE DATABASE``);
    every name in them must carry its schema.
    """
    token = _bare.set(True)
    try:
        yield
    finally:
        _bare.reset(token)


def run_in_context(function: Callable[Arguments, Answer]) -> Callable[Arguments, Answer]:
    """Bind a function to the caller's context, tenant included, for a thread or executor.

    Threads do not inherit context variables; each call gets a copy of its own.
    """
    context = copy_context()

    def bound(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Answer:
        return context.copy().run(function, *args, **kwargs)

    return bound


@contextmanager
def _set(active: Active) -> Iterator[None]:
    token = _active.set(active)
    try:
        yield
    finally:
        _active.reset(token)
