"""Which tenant's data the running code may touch, and the database backend that keeps it to that.

Invariants: the tenant travels in a context variable; every statement runs with that tenant's schema in its
path or not at all; one transaction never sees two tenants. Not for what a tenant may do (see policies).
"""

from fondaco.kit.django.tenancy.context import (
    MixedTenants,
    NoTenant,
    TenantScope,
    bare_statements,
    current,
    find_current,
    is_system,
    migrating,
    run_in_context,
    search_path,
    system_scope,
)
from fondaco.kit.django.tenancy.directory import UnknownTenant, find_by_host, get_scope, scope

__all__ = [
    "MixedTenants",
    "NoTenant",
    "TenantScope",
    "UnknownTenant",
    "bare_statements",
    "current",
    "find_by_host",
    "find_current",
    "get_scope",
    "is_system",
    "migrating",
    "run_in_context",
    "scope",
    "search_path",
    "system_scope",
]
