"""Make the table that counts attempts to log in and register."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add ``kit_attempt``."""

    dependencies = [("kit", "0001_events_readers_and_idempotency")]

    operations = [
        migrations.CreateModel(
            name="Attempt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.BinaryField(max_length=16)),
                ("at", models.DateTimeField(db_index=True)),
            ],
            options={"db_table": "kit_attempt"},
        ),
        migrations.AddIndex(
            model_name="attempt",
            index=models.Index(fields=["key", "at"], name="kit_attempt_by_key"),
        ),
    ]
