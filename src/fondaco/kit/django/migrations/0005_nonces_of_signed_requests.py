"""Make the ring of four partitions that keeps the nonces of signed writes.

The application's role may add and read nonces, but neither change nor remove one; a function of the owner
empties a partition whole.
"""

from django.db import migrations

NONCES = """
CREATE TABLE kit_nonce (
    ring smallint NOT NULL,
    digest bytea NOT NULL,
    claim bytea NOT NULL,
    PRIMARY KEY (ring, digest),
    CONSTRAINT kit_nonce_digest_has_16_bytes CHECK (octet_length(digest) = 16)
) PARTITION BY LIST (ring);
CREATE TABLE kit_nonce_0 PARTITION OF kit_nonce FOR VALUES IN (0);
CREATE TABLE kit_nonce_1 PARTITION OF kit_nonce FOR VALUES IN (1);
CREATE TABLE kit_nonce_2 PARTITION OF kit_nonce FOR VALUES IN (2);
CREATE TABLE kit_nonce_3 PARTITION OF kit_nonce FOR VALUES IN (3);
"""

RIGHTS = """
SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

CREATE FUNCTION kit_nonce_forget() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $function$
BEGIN
    -- A signature is believed five minutes before and after its time: two slots ahead lies what is unused.
    EXECUTE format(
        'TRUNCATE %I', 'kit_nonce_' || (floor(extract(epoch FROM now()) / 600)::bigint + 2) % 4
    );
END $function$;

SELECT kit_revoke_all(relation::regclass, 'UPDATE, DELETE, TRUNCATE')
FROM unnest(ARRAY['kit_nonce', 'kit_nonce_0', 'kit_nonce_1', 'kit_nonce_2', 'kit_nonce_3']) AS relation;
"""


class Migration(migrations.Migration):
    """Add ``kit_nonce``."""

    dependencies = [("kit", "0004_inbound_callbacks")]

    operations = [
        migrations.RunSQL(NONCES, reverse_sql="DROP TABLE kit_nonce"),
        migrations.RunSQL(RIGHTS, reverse_sql="DROP FUNCTION kit_nonce_forget"),
    ]
