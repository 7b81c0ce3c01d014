"""Let a tenant have a sandbox beside it, where its merchants' test keys lead."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Add ``sandbox_of``; what runs beside leaves it empty."""

    dependencies = [("tenancy", "0001_tenants_and_their_hosts")]

    operations = [
        migrations.AddField(
            model_name="tenant",
            name="sandbox_of",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="sandbox",
                to="tenancy.tenant",
            ),
        ),
        migrations.AddConstraint(
            model_name="tenant",
            constraint=models.CheckConstraint(
                condition=models.Q(("sandbox_of__isnull", True), ("mode", "sandbox"), _connector="OR"),
                name="tenancy_tenant_beside_another_is_a_sandbox",
            ),
        ),
    ]
