"""Checkpoints of accounts, the days that they were made for, and the partitions that were taken off.

A checkpoint follows from the transfers, so nobody may change one: neither the application's role nor, by mistake,
anybody else. What is written about a detached partition may only gain the marks of its export and its end.
"""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

import fondaco.ledger.models
from fondaco.kit.django.tenancy.roles import application_role

RULES = """
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_checkpoint_day
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON ledger_detached
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON ledger_checkpoint, ledger_checkpoint_day FROM {role};
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON ledger_detached FROM {role};
"""


def make_rules(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Make them for the role that the application runs as."""
    with editor.connection.cursor() as cursor:
        cursor.execute(RULES.replace("{role}", editor.quote_name(application_role())))


def whole_number() -> fondaco.ledger.models.WholeNumberField:
    """Describe a total in minor units."""
    return fondaco.ledger.models.WholeNumberField(decimal_places=0, max_digits=39)


class Migration(migrations.Migration):
    """Add the three tables."""

    dependencies = [("ledger", "0003_functions_that_check_as_they_write")]

    operations = [
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account",
                        "version",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("account", models.BigIntegerField()),
                ("version", models.BigIntegerField()),
                ("until", models.DateTimeField()),
                ("debits_posted", whole_number()),
                ("credits_posted", whole_number()),
                ("debits_pending", whole_number()),
                ("credits_pending", whole_number()),
            ],
            options={
                "db_table": "ledger_checkpoint",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("account", "until"),
                        name="ledger_checkpoint_is_one_per_account_and_midnight",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CheckpointDay",
            fields=[
                ("until", models.DateTimeField(primary_key=True, serialize=False)),
                ("accounts", models.BigIntegerField()),
                ("made_at", models.DateTimeField()),
            ],
            options={"db_table": "ledger_checkpoint_day"},
        ),
        migrations.CreateModel(
            name="DetachedPartition",
            fields=[
                ("name", models.CharField(max_length=63, primary_key=True, serialize=False)),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("opening_at", models.DateTimeField()),
                ("transfers", models.BigIntegerField()),
                ("decided_at", models.DateTimeField()),
                ("detached_at", models.DateTimeField(null=True)),
                ("exported_at", models.DateTimeField(null=True)),
                ("exported_sha256", models.CharField(max_length=64, null=True)),
                ("dropped_at", models.DateTimeField(null=True)),
            ],
            options={"db_table": "ledger_detached"},
        ),
        migrations.RunPython(make_rules, migrations.RunPython.noop, elidable=False),
    ]
