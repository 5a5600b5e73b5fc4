"""Run by Alembic."""

from alembic import context
from sqlalchemy import create_engine

import tracker.auth.models
import tracker.certificates.models
import tracker.learners.models
import tracker.learning.models
import tracker.progress.models
import tracker.registrations.models
from lrs_adapter.models import Base as LrsBase
from tracker.db import Base

METADATA = [Base.metadata, LrsBase.metadata]

engine = create_engine(context.config.attributes["url"])
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        compare_type=True,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
