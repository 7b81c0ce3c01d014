#!/bin/sh
# Make the two roles and the database; the image runs this once, on an empty volume.
# fondaco_owner makes tables, fondaco_app reads and writes rows.
set -eu
psql --username "$POSTGRES_USER" --dbname postgres --no-password --set ON_ERROR_STOP=1 \
  --set owner_password="$OWNER_PASSWORD" --set app_password="$APP_PASSWORD" <<'SQL'
CREATE ROLE fondaco_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE fondaco_app LOGIN PASSWORD :'app_password';
CREATE DATABASE fondaco OWNER fondaco_owner;
REVOKE ALL ON DATABASE fondaco FROM PUBLIC;
GRANT CONNECT ON DATABASE fondaco TO fondaco_app;
SQL
