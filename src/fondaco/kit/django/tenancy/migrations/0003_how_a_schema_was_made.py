"""Keep the statements that made a tenant's schema, out of reach of the application's role.

The owner executes them: who could write one would be the owner.
"""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from fondaco.kit.django.tenancy.roles import application_role


def leave_to_the_owner(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Take all rights from the application's role, where that is not the owner himself."""
    del apps
    role = application_role()
    if role != editor.connection.settings_dict["USER"]:
        editor.execute(f'REVOKE ALL ON tenancy_schemascript FROM "{role}"')


class Migration(migrations.Migration):
    """Add the table and narrow the rights."""

    dependencies = [("tenancy", "0002_sandboxes_beside_tenants")]

    operations = [
        migrations.CreateModel(
            name="SchemaScript",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("statements", models.TextField()),
            ],
        ),
        migrations.RunPython(leave_to_the_owner, migrations.RunPython.noop),
    ]
