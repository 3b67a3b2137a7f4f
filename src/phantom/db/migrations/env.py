"""Alembic's entry: runs the revisions on the connection that `phantom.db.migrate` hands over."""

from alembic import context

from phantom.db.models import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
