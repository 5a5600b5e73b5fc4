"""Everything that has tables."""

import tracker.auth.models
import tracker.certificates.models
import tracker.learners.models
import tracker.learning.models
import tracker.progress.models
import tracker.registrations.models
from lrs_adapter.models import Base as LrsBase
from tracker.db import Base

__all__ = ["METADATA"]

METADATA = [Base.metadata, LrsBase.metadata]
