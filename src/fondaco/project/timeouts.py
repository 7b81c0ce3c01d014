"""How long a statement of the application may take, kept in the database as defaults of its role.

There they hold through PgBouncer too, which takes no settings from its clients. What may take longer
(proving the ledger, migrations) says so in its own transaction or runs as the owner.
"""

from django.db import connection
from psycopg import sql

from fondaco.kit.django import tenancy
from fondaco.kit.options import options


def keep() -> None:
    """Give the application's role its time-outs in this database; they hold for connections to come."""
    chosen = options()
    limits = {
        "lock_timeout": chosen.lock_timeout_ms,
        "statement_timeout": chosen.statement_timeout_ms,
        "idle_in_transaction_session_timeout": chosen.statement_timeout_ms,
    }
    with tenancy.system_scope(), connection.cursor() as cursor:
        for name, milliseconds in limits.items():
            statement = sql.SQL("ALTER ROLE CURRENT_USER IN DATABASE {} SET {} = {}").format(
                sql.Identifier(connection.settings_dict["NAME"]),
                sql.Identifier(name),
                sql.Literal(f"{milliseconds}ms"),
            )
            cursor.execute(statement)
