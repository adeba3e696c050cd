"""Runs the steps on the connection that common.migration has opened and locked. Alembic executes this file for each upgrade."""

from alembic import context

given = context.config.attributes
context.configure(connection=given["connection"], version_table=given["version_table"])
context.run_migrations()
