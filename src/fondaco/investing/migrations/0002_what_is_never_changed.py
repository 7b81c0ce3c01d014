"""What was advised and done stays as it was, even when the application is wrong."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION investing_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed: correct them by new ones', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON investing_advice
    FOR EACH STATEMENT EXECUTE FUNCTION investing_refuse_change();
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON investing_activity
    FOR EACH STATEMENT EXECUTE FUNCTION investing_refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON investing_quote
    FOR EACH STATEMENT EXECUTE FUNCTION investing_refuse_change();
"""
UNDO = """
DROP TRIGGER never_deleted ON investing_quote;
DROP TRIGGER never_changed ON investing_activity;
DROP TRIGGER never_changed ON investing_advice;
DROP FUNCTION investing_refuse_change();
"""


class Migration(migrations.Migration):
    """Triggers that refuse changes."""

    dependencies = [("investing", "0001_advice_and_portfolios")]

    operations = [migrations.RunSQL(REFUSE, UNDO)]
