#!/bin/sh
# Starts PostgreSQL with the password of /credentials. Its image gives one to a new database alone: who named a file of POSTGRES_PASSWORD_FILE
# later, or had the volume of the first one removed, was locked out. Run: postgres.sh, in a container of that image, as its user.
set -eu
if [ -s "$PGDATA/PG_VERSION" ]; then
  password=$(sed "s/'/''/g" /credentials/password)
  # Before it listens. No child of a subshell: what it finds in a postmaster.pid that a kill has left is 1, which it takes for gone
  # where that is its own parent. A statement that fails is not written to the log, since it holds the password.
  postgres --single -c log_min_error_statement=panic -D "$PGDATA" postgres >/dev/null <<END || echo "the password was not set" >&2
ALTER ROLE "$POSTGRES_USER" PASSWORD '$password'
END
fi
exec docker-entrypoint.sh postgres
