"""Run by Alembic only: hands it the open transaction of ``migrations.upgrade`` or ``migrations.draft``."""

from alembic import context

from engine.store import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
    user_module_prefix="store.",
)
context.run_migrations()
