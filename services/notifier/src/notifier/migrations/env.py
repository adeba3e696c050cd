"""Runs the steps on the connection that common.migration has opened and locked. Alembic executes this file for each upgrade."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], version_table="notifier_version")
context.run_migrations()
