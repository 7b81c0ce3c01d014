"""Count an endpoint's failures in a row, so that its owner can be told.

The column has a default in the database, since the code of the release before writes endpoints without it.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the count."""

    dependencies = [("webhooks", "0001_endpoints_deliveries_and_tries")]

    operations = [
        migrations.AddField(
            model_name="endpoint",
            name="failures",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
    ]
