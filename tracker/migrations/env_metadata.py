"""Everything that has tables."""

from lrs_adapter import models as lrs
from tracker import notes
from tracker.api import models as api
from tracker.audit import models as audit
from tracker.auth import models as auth
from tracker.certificates import models as certificates
from tracker.db import Base
from tracker.groups import models as groups
from tracker.launch import models as launch
from tracker.learners import models as learners
from tracker.learning import models as learning
from tracker.people import models as people
from tracker.privacy import models as privacy
from tracker.progress import models as progress
from tracker.providers import models as providers
from tracker.registrations import models as registrations
from tracker.reports import models as reports

__all__ = ["METADATA", "MODELS"]

MODELS = (
    api,
    audit,
    auth,
    certificates,
    groups,
    launch,
    learners,
    learning,
    notes,
    people,
    privacy,
    progress,
    providers,
    registrations,
    reports,
)
"""Named here, since a table is known only when its module has been imported."""

METADATA = [Base.metadata, lrs.Base.metadata]
