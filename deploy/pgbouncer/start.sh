#!/bin/sh
# Write the one user with his password from the environment, then become PgBouncer.
set -eu
umask 077
escaped=$(printf '%s' "$APP_PASSWORD" | sed 's/"/""/g')
printf '"fondaco_app" "%s"\n' "$escaped" > /run/pgbouncer/users.txt
unset APP_PASSWORD escaped
exec pgbouncer /etc/fondaco/pgbouncer.ini
