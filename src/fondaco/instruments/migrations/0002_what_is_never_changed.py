"""What was told of a price stays as it was told, even when the application is wrong."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION instruments_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed: correct them by new ones', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON instruments_price
    FOR EACH STATEMENT EXECUTE FUNCTION instruments_refuse_change();
"""
UNDO = """
DROP TRIGGER never_changed ON instruments_price;
DROP FUNCTION instruments_refuse_change();
"""


class Migration(migrations.Migration):
    """A trigger that refuses changes."""

    dependencies = [("instruments", "0001_instruments_and_prices")]

    operations = [migrations.RunSQL(REFUSE, UNDO)]
