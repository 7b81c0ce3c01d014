"""Make, migrate and list tenants' schemas; done by the database's owner, not by the application's role.

Whatever is made can be made again: a tenant whose making was interrupted is completed by the next call.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from django.apps import apps
from django.core.management import call_command
from django.db import connections, transaction

from fondaco.kit import clock
from fondaco.kit.django.tenancy import context, directory, recording, roles
from fondaco.kit.django.tenancy.context import PUBLIC, TenantScope
from fondaco.kit.django.tenancy.models import SchemaFingerprint, Tenant, TenantHost
from fondaco.kit.django.tenancy.roles import owner_alias
from fondaco.kit.django.tenancy.router import SHARED

_LOCK: Final = 0x466F6E6461636F
"""Session lock (the bytes spell the platform's name): two processes never migrate at once."""

_seeds: list[Callable[[], None]] = []


def on_create(seed: Callable[[], None]) -> Callable[[], None]:
    """Have an idempotent function run in each new tenant's scope, in one transaction with the others."""
    if seed not in _seeds:
        _seeds.append(seed)
    return seed


def list_tenants() -> list[Tenant]:
    """Give all tenants that are ready, in order of their names."""
    with context.system_scope():
        return list(Tenant.objects.filter(ready_at__isnull=False).order_by("name"))


def create_tenant(
    *,
    name: str,
    hosts: Sequence[str] = (),
    mode: str = "live",
    sandbox_of: str | None = None,
) -> Tenant:
    """Make a tenant with its schema, tables and seeds; gives the one that exists if its mode is the same.

    :param sandbox_of: the tenant to whose merchants' test keys it belongs; its mode must be ``sandbox``
    :raises ValueError: a tenant of this name exists in another mode
    :raises UnknownTenant: there is none to be the sandbox of
    :raises IntegrityError: the name is not plain, a host belongs to another tenant, or the other tenant has a
        sandbox already
    """
    alias = owner_alias()
    with _alone(alias):
        with context.system_scope(), transaction.atomic(using=alias):
            tenant = _register(alias, name, hosts, mode, beside=sandbox_of)
        if tenant.ready_at is None:
            _make_schema(alias, tenant.scope)
    directory.forget()
    return tenant


def migrate_public() -> None:
    """Bring the shared tables in ``public`` up to date, the cache table among them."""
    alias = owner_alias()
    with _alone(alias), context.system_scope():
        roles.grant_defaults(alias, PUBLIC)
        call_command("migrate", database=alias, interactive=False, verbosity=0)
        call_command("createcachetable", database=alias, verbosity=0)
        _remember(alias, PUBLIC)


def migrate_tenant(name: str) -> None:
    """Bring one tenant's tables up to date.

    :raises UnknownTenant: there is none of this name
    """
    alias = owner_alias()
    tenant = directory.get_scope(name)
    with _alone(alias):
        _migrate_schema(alias, tenant)
        _remember(alias, tenant.schema)


def migrate_all(progress: Callable[[str], None] | None = None) -> int:
    """Bring ``public`` and all tenants up to date, and give the number of schemas that were behind.

    :param progress: told the name of each schema before it is migrated
    """
    report = progress or (lambda _schema: None)
    done = 0
    if _is_behind(PUBLIC):
        report(PUBLIC)
        migrate_public()
        done += 1
    for tenant in directory.list_scopes():
        if _is_behind(tenant.schema):
            report(tenant.schema)
            migrate_tenant(tenant.name)
            done += 1
    return done


def drop_tenant(*, name: str) -> None:
    """Remove a tenant with everything in it. For tests; nothing in the platform calls it."""
    alias = owner_alias()
    with _alone(alias), context.system_scope():
        tenant = Tenant.objects.using(alias).get(name=name)
        with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
            cursor.execute(f'DROP SCHEMA IF EXISTS "{tenant.schema}" CASCADE')
            SchemaFingerprint.objects.using(alias).filter(schema=tenant.schema).delete()
            tenant.delete(using=alias)
    directory.forget()


def _register(
    alias: str, name: str, hosts: Sequence[str], mode: str, *, beside: str | None
) -> Tenant:
    first = None
    if beside is not None:
        directory.get_scope(beside)
        first = Tenant.objects.using(alias).get(name=beside)
    tenant, _made = Tenant.objects.using(alias).get_or_create(
        name=name,
        defaults={
            "schema": f"t_{name}",
            "mode": mode,
            "created_at": clock.now(),
            "sandbox_of": first,
        },
    )
    if tenant.mode != mode:
        raise ValueError(f"tenant {name} exists with mode {tenant.mode}")
    if first is not None and tenant.sandbox_of_id != first.id:
        raise ValueError(f"tenant {name} exists, but not as the sandbox of {beside}")
    for host in hosts:
        TenantHost.objects.using(alias).get_or_create(host=host.lower().rstrip("."), tenant=tenant)
    return tenant


def _make_schema(alias: str, tenant: TenantScope) -> None:
    with context.system_scope(), connections[alias].cursor() as cursor:
        cursor.execute(f'CREATE SCHEMA IF NOT EXISTS "{tenant.schema}"')
    roles.grant_defaults(alias, tenant.schema)
    migrations = fingerprint(shared=False)
    if not recording.replay(alias, tenant, follows_from=migrations):
        with recording.recorded(alias, tenant, follows_from=migrations):
            _migrate_schema(alias, tenant)
    _remember(alias, tenant.schema)
    with context.enter(tenant), transaction.atomic():
        for seed in _seeds:
            seed()
    with context.system_scope():
        Tenant.objects.using(alias).filter(name=tenant.name).update(ready_at=clock.now())


def _migrate_schema(alias: str, tenant: TenantScope) -> None:
    with context.migrating(tenant):
        call_command("migrate", database=alias, interactive=False, verbosity=0)


def _remember(alias: str, schema: str) -> None:
    digest = fingerprint(shared=schema == PUBLIC)
    with context.system_scope():
        SchemaFingerprint.objects.using(alias).update_or_create(
            schema=schema, defaults={"digest": digest}
        )


def _is_behind(schema: str) -> bool:
    with context.system_scope(), connections[owner_alias()].cursor() as cursor:
        cursor.execute("SELECT to_regclass('public.tenancy_schemafingerprint') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return True
        cursor.execute(
            "SELECT digest FROM public.tenancy_schemafingerprint WHERE schema = %s", [schema]
        )
        row = cursor.fetchone()
    return row is None or row[0] != fingerprint(shared=schema == PUBLIC)


def fingerprint(*, shared: bool) -> str:
    """Sum up the migration files of the apps that belong into a schema of this sort."""
    sum_ = hashlib.sha256()
    for app in apps.get_app_configs():
        if (app.label in SHARED) is shared:
            for path in sorted(Path(app.path, "migrations").glob("*.py")):
                sum_.update(f"{app.label}/{path.name}\n".encode())
                sum_.update(path.read_bytes())
    return sum_.hexdigest()


@contextmanager
def _alone(alias: str) -> Iterator[None]:
    """Hold the lock against other processes that migrate; needs a direct connection (session lock)."""
    with context.system_scope(), connections[alias].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
