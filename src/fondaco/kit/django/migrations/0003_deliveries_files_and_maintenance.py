"""Make the tables of secret messages, of stored files and of the maintenance switch."""

import fondaco.kit.django.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("kit", "0002_attempts"),
    ]

    operations = [
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("email", "Email"),
                            ("sms", "Sms"),
                            ("telegram", "Telegram"),
                            ("slack", "Slack"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("sending", "Sending"),
                            ("sent", "Sent"),
                            ("failed", "Failed"),
                            ("expired", "Expired"),
                        ],
                        default="queued",
                        max_length=16,
                    ),
                ),
                ("purpose", models.CharField(max_length=64)),
                ("recipient_hint", models.CharField(max_length=64)),
                ("content", fondaco.kit.django.fields.EncryptedJSONField(null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("due_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("created_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                ("receipt", models.CharField(default="", max_length=255)),
                ("error", models.CharField(default="", max_length=255)),
            ],
            options={
                "db_table": "kit_delivery",
                "indexes": [
                    models.Index(
                        condition=models.Q(("closed_at__isnull", True)),
                        fields=["due_at"],
                        name="kit_delivery_due",
                    ),
                    models.Index(fields=["closed_at"], name="kit_delivery_closed"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("closed_at__isnull", True), ("content__isnull", True), _connector="OR"
                        ),
                        name="kit_delivery_is_wiped_once_closed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("closed_at__isnull", False),
                                ("state__in", ["expired", "failed", "sent"]),
                            ),
                            models.Q(
                                ("closed_at__isnull", True),
                                models.Q(
                                    ("state__in", ["expired", "failed", "sent"]), _negated=True
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="kit_delivery_is_closed_in_its_final_states",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Maintenance",
            fields=[
                (
                    "id",
                    models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False),
                ),
                ("reason", models.CharField(max_length=255)),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField(null=True)),
                ("begun_by", models.CharField(max_length=128)),
            ],
            options={
                "db_table": "kit_maintenance",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("id", 1)), name="kit_maintenance_is_one_row"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="StoredFile",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=128)),
                ("content_type", models.CharField(max_length=64)),
                ("size_bytes", models.PositiveIntegerField()),
                ("sha256", models.BinaryField(max_length=32)),
                ("purpose", models.CharField(max_length=64)),
                ("created_by", models.CharField(max_length=128)),
                ("created_at", models.DateTimeField()),
                ("deleted_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "kit_stored_file",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("size_bytes__gt", 0)),
                        name="kit_stored_file_is_not_empty",
                    )
                ],
            },
        ),
    ]
