"""The two database roles: the owner makes tables, the application only reads and writes rows."""

from typing import Final

from django.db import connections, transaction

from fondaco.kit.django.tenancy import context

_OWNER: Final = "owner"
_APPLICATION: Final = "default"

_DEFAULTS: Final = 'ALTER DEFAULT PRIVILEGES IN SCHEMA "{schema}"'
_GRANTS: Final = (
    'GRANT USAGE ON SCHEMA "{schema}" TO "{role}"',
    _DEFAULTS + ' GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO "{role}"',
    _DEFAULTS + ' GRANT USAGE, SELECT ON SEQUENCES TO "{role}"',
)


def owner_alias() -> str:
    """Give the name of the connection that may make tables: ``owner`` where configured, else ``default``."""
    return _OWNER if _OWNER in connections.databases else _APPLICATION


def application_role() -> str:
    """Give the database role of web, worker and realtime."""
    return str(connections.databases[_APPLICATION]["USER"])


def grant_defaults(alias: str, schema: str) -> None:
    """Let the application's role use whatever tables the owner will make in a schema."""
    role = application_role()
    if role == connections[alias].settings_dict["USER"]:
        return
    with (
        context.system_scope(),
        transaction.atomic(using=alias),
        connections[alias].cursor() as cursor,
    ):
        for statement in _GRANTS:
            cursor.execute(statement.format(schema=schema, role=role))
