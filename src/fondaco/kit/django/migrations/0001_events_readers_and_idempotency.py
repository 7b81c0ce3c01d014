"""Make the table of events in months, its readers' cursors, and the stored answers.

The table is made in SQL, since Django knows no partitions. Two functions of the owner make and drop months;
the application's role, which owns nothing, may call them but can neither change nor remove an event.
"""

import django.db.models
from django.db import migrations

import fondaco.kit.django.models.events

EVENTS = """
CREATE SEQUENCE kit_event_seq;

CREATE TABLE kit_event (
    id uuid NOT NULL,
    seq bigint NOT NULL DEFAULT nextval('kit_event_seq'),
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    recorded_at timestamptz NOT NULL DEFAULT now(),
    type text NOT NULL,
    version smallint NOT NULL,
    occurred_at timestamptz NOT NULL,
    actor text NOT NULL,
    subject text NOT NULL,
    data jsonb NOT NULL,
    PRIMARY KEY (id, recorded_at),
    CONSTRAINT kit_event_version_is_positive CHECK (version > 0)
) PARTITION BY RANGE (recorded_at);

CREATE INDEX kit_event_in_order_of_reading ON kit_event (xid, seq);
ALTER SEQUENCE kit_event_seq OWNED BY kit_event.seq;
"""

FUNCTIONS = """
SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

CREATE FUNCTION kit_revoke_all(relation regclass, what text) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $function$
DECLARE
    grantee regrole;
BEGIN
    FOR grantee IN
        SELECT DISTINCT entry.grantee::regrole
        FROM pg_class, aclexplode(relacl) AS entry
        WHERE pg_class.oid = relation AND entry.grantee NOT IN (0, relowner)
    LOOP
        EXECUTE format('REVOKE %s ON %s FROM %s', what, relation, grantee);
    END LOOP;
END $function$;

CREATE FUNCTION kit_event_make_months(ahead integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $function$
DECLARE
    month timestamp;
    partition text;
    made integer := 0;
BEGIN
    IF ahead NOT BETWEEN 0 AND 24 THEN
        RAISE 'months ahead lie between 0 and 24';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('kit_event', 'kit_event'::regclass::oid::bigint));
    FOR step IN 0 .. ahead LOOP
        month := date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => step);
        partition := 'kit_event_' || to_char(month, 'YYYYMM');
        CONTINUE WHEN to_regclass(format('%I.%I', current_schema(), partition)) IS NOT NULL;
        -- Made apart and attached: PARTITION OF would lock out everybody who writes events.
        EXECUTE format('CREATE TABLE %I (LIKE kit_event INCLUDING ALL)', partition);
        EXECUTE format(
            'ALTER TABLE kit_event ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', partition,
            to_char(month, 'YYYY-MM-DD 00:00:00+00'),
            to_char(month + interval '1 month', 'YYYY-MM-DD 00:00:00+00')
        );
        PERFORM kit_revoke_all(partition::regclass, 'ALL');
        made := made + 1;
    END LOOP;
    RETURN made;
END $function$;

CREATE FUNCTION kit_event_drop_months(before timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $function$
DECLARE
    partition regclass;
    newest record;
    dropped integer := 0;
BEGIN
    IF before > now() - interval '1 day' THEN
        RAISE 'events of the last day are never dropped';
    END IF;
    FOR partition IN
        SELECT inhrelid::regclass FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
        WHERE inhparent = 'kit_event'::regclass
        AND to_date(right(relname, 6), 'YYYYMM') + interval '1 month' <= before AT TIME ZONE 'UTC'
        ORDER BY relname
    LOOP
        EXECUTE format(
            'SELECT xid::text::bigint AS xid, seq FROM %s ORDER BY kit_event.xid DESC, seq DESC LIMIT 1',
            partition::text || ' AS kit_event'
        ) INTO newest;
        IF newest.xid IS NOT NULL THEN
            INSERT INTO kit_event_horizon AS horizon (id, xid, seq, dropped_at)
            VALUES (1, newest.xid, newest.seq, now())
            ON CONFLICT (id) DO UPDATE
            SET xid = excluded.xid, seq = excluded.seq, dropped_at = excluded.dropped_at
            WHERE (horizon.xid, horizon.seq) < (excluded.xid, excluded.seq);
        END IF;
        EXECUTE format('DROP TABLE %s', partition);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END $function$;

SELECT kit_revoke_all('kit_event', 'UPDATE, DELETE, TRUNCATE');
SELECT kit_revoke_all('kit_event_horizon', 'INSERT, UPDATE, DELETE, TRUNCATE');
SELECT kit_event_make_months(3);
"""

AGEING = """
CREATE INDEX kit_idempotency_by_age ON kit_idempotency USING brin (created_at);
"""


class Migration(migrations.Migration):
    """Make events, readers, horizon and stored answers."""

    initial = True

    operations = [
        migrations.RunSQL(
            EVENTS,
            reverse_sql="DROP TABLE kit_event",
            state_operations=[
                migrations.CreateModel(
                    name="Event",
                    fields=[
                        ("id", django.db.models.UUIDField(primary_key=True, serialize=False)),
                        ("seq", django.db.models.BigIntegerField()),
                        ("xid", fondaco.kit.django.models.events.Xid8Field()),
                        ("recorded_at", django.db.models.DateTimeField()),
                        ("type", django.db.models.TextField()),
                        ("version", django.db.models.SmallIntegerField()),
                        ("occurred_at", django.db.models.DateTimeField()),
                        ("actor", django.db.models.TextField()),
                        ("subject", django.db.models.TextField()),
                        ("data", django.db.models.JSONField()),
                    ],
                    options={"db_table": "kit_event"},
                ),
            ],
        ),
        migrations.CreateModel(
            name="EventHorizon",
            fields=[
                ("id", django.db.models.SmallIntegerField(primary_key=True, serialize=False)),
                ("xid", django.db.models.BigIntegerField()),
                ("seq", django.db.models.BigIntegerField()),
                ("dropped_at", django.db.models.DateTimeField()),
            ],
            options={"db_table": "kit_event_horizon"},
        ),
        migrations.CreateModel(
            name="EventReader",
            fields=[
                (
                    "name",
                    django.db.models.CharField(max_length=200, primary_key=True, serialize=False),
                ),
                ("xid", django.db.models.BigIntegerField(default=0)),
                ("seq", django.db.models.BigIntegerField(default=0)),
                ("moved_at", django.db.models.DateTimeField()),
            ],
            options={"db_table": "kit_event_reader"},
        ),
        migrations.CreateModel(
            name="StoredAnswer",
            fields=[
                (
                    "digest",
                    django.db.models.BinaryField(max_length=16, primary_key=True, serialize=False),
                ),
                ("fingerprint", django.db.models.BinaryField(max_length=16)),
                ("status", django.db.models.SmallIntegerField()),
                ("body", django.db.models.BinaryField()),
                ("created_at", django.db.models.DateTimeField()),
            ],
            options={"db_table": "kit_idempotency"},
        ),
        migrations.RunSQL(AGEING, reverse_sql="DROP INDEX kit_idempotency_by_age"),
        migrations.RunSQL(
            FUNCTIONS,
            reverse_sql=(
                "DROP FUNCTION kit_event_drop_months; DROP FUNCTION kit_event_make_months;"
                "DROP FUNCTION kit_revoke_all"
            ),
        ),
    ]
