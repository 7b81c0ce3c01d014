"""Make the table of what providers send."""

import fondaco.kit.django.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("kit", "0003_deliveries_files_and_maintenance"),
    ]

    operations = [
        migrations.CreateModel(
            name="InboundCallback",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("provider", models.CharField(max_length=32)),
                ("key", models.CharField(max_length=64)),
                ("content", fondaco.kit.django.fields.EncryptedJSONField()),
                ("received_at", models.DateTimeField()),
                ("verified_at", models.DateTimeField(null=True)),
                ("error", models.CharField(default="", max_length=255)),
            ],
            options={
                "db_table": "kit_inbound_callback",
                "indexes": [
                    models.Index(fields=["received_at"], name="kit_inbound_callback_received")
                ],
            },
        ),
    ]
