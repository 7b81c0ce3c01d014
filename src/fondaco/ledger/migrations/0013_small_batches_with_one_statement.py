"""Let a statement refuse by itself what a function refused so far: small batches are written with one statement."""

from django.db import migrations

REFUSE_MOVED = """
CREATE OR REPLACE FUNCTION ledger_refuse_moved() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an account has moved on' USING ERRCODE = 'serialization_failure';
END $$;
"""


class Migration(migrations.Migration):
    """Add the function."""

    dependencies = [("ledger", "0012_one_transfer_with_less_around_it")]

    operations = [migrations.RunSQL(REFUSE_MOVED, migrations.RunSQL.noop)]
