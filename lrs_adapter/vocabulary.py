"""Every IRI we use, once.

Verbs and activity types are the ones that ADL, the cmi5 and the video and activity-stream communities have published.
Our own extensions stand under a name that can belong to nobody (RFC 2606), so that they stay the same wherever
the course is served. They are ASCII: several stores reject or rewrite other characters in extension keys.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb and how it reads in each language (xAPI 1.0.3 Data 2.4.3)."""

    id: str
    display: Mapping[str, str]


def _verb(iri: str, *, sv: str, en: str) -> Verb:
    return Verb(iri, MappingProxyType({"sv": sv, "en": en}))


_ADL: Final = "http://adlnet.gov/expapi/verbs/"
_CMI5: Final = "https://w3id.org/xapi/adl/verbs/"
_ADL_TYPE: Final = "http://adlnet.gov/expapi/activities/"

REGISTERED: Final = _verb(f"{_ADL}registered", sv="registrerades på", en="was registered for")
LAUNCHED: Final = _verb(f"{_ADL}launched", sv="öppnade", en="launched")
INITIALIZED: Final = _verb(f"{_ADL}initialized", sv="påbörjade", en="initialized")
PROGRESSED: Final = _verb(f"{_ADL}progressed", sv="kom vidare i", en="progressed")
ANSWERED: Final = _verb(f"{_ADL}answered", sv="besvarade", en="answered")
COMPLETED: Final = _verb(f"{_ADL}completed", sv="slutförde", en="completed")
PASSED: Final = _verb(f"{_ADL}passed", sv="klarade", en="passed")
FAILED: Final = _verb(f"{_ADL}failed", sv="klarade inte", en="failed")
ATTENDED: Final = _verb(f"{_ADL}attended", sv="deltog i", en="attended")
EXPERIENCED: Final = _verb(f"{_ADL}experienced", sv="tog del av", en="experienced")
TERMINATED: Final = _verb(f"{_ADL}terminated", sv="avslutade", en="terminated")
VOIDED: Final = _verb(f"{_ADL}voided", sv="ogiltigförklarade", en="voided")
WAIVED: Final = _verb(f"{_CMI5}waived", sv="tillgodoräknades", en="waived")
ABANDONED: Final = _verb(f"{_CMI5}abandoned", sv="lämnade", en="abandoned")
SATISFIED: Final = _verb(f"{_CMI5}satisfied", sv="uppfyllde", en="satisfied")

VERBS: Final = (
    REGISTERED,
    LAUNCHED,
    INITIALIZED,
    PROGRESSED,
    ANSWERED,
    COMPLETED,
    PASSED,
    FAILED,
    ATTENDED,
    EXPERIENCED,
    TERMINATED,
    VOIDED,
    WAIVED,
    ABANDONED,
    SATISFIED,
)


class ActivityType:
    """Types of Activity (xAPI 1.0.3 Data 2.4.4.1)."""

    COURSE: Final = f"{_ADL_TYPE}course"
    MODULE: Final = f"{_ADL_TYPE}module"
    LESSON: Final = f"{_ADL_TYPE}lesson"
    INTERACTION: Final = f"{_ADL_TYPE}cmi.interaction"
    ASSESSMENT: Final = f"{_ADL_TYPE}assessment"
    MEETING: Final = f"{_ADL_TYPE}meeting"
    ATTEMPT: Final = f"{_ADL_TYPE}attempt"
    PROFILE: Final = f"{_ADL_TYPE}profile"
    MEDIA: Final = f"{_ADL_TYPE}media"
    SIMULATION: Final = f"{_ADL_TYPE}simulation"
    CMI5_BLOCK: Final = "https://w3id.org/xapi/cmi5/activitytype/block"
    CMI5_COURSE: Final = "https://w3id.org/xapi/cmi5/activitytype/course"


OWN_BASE: Final = "https://samverkan.example/xapi"
PROFILE: Final = f"{OWN_BASE}/profile/v1"
CMI5_CATEGORY: Final = "https://w3id.org/xapi/cmi5/context/categories/cmi5"
CMI5_MOVEON_CATEGORY: Final = "https://w3id.org/xapi/cmi5/context/categories/moveon"


class Extension:
    """Keys of extensions (xAPI 1.0.3 Data 4.1)."""

    MODE: Final = f"{OWN_BASE}/extension/mode"  # how the step was taken: "solo" or "group"
    COURSE_VERSION: Final = f"{OWN_BASE}/extension/course-version"
    STUDY_HOURS: Final = f"{OWN_BASE}/extension/study-hours"
    MINUTES: Final = f"{OWN_BASE}/extension/minutes"
    LESSONS: Final = f"{OWN_BASE}/extension/lessons"  # how many lessons the completed course had
    ROLE: Final = f"{OWN_BASE}/extension/role"
    SEED: Final = f"{OWN_BASE}/extension/seed"
    PROGRESS: Final = "https://w3id.org/xapi/cmi5/result/extensions/progress"
    CMI5_SESSION_ID: Final = "https://w3id.org/xapi/cmi5/context/extensions/sessionid"
    CMI5_MASTERY_SCORE: Final = "https://w3id.org/xapi/cmi5/context/extensions/masteryscore"
    CMI5_LAUNCH_MODE: Final = "https://w3id.org/xapi/cmi5/context/extensions/launchmode"
    CMI5_LAUNCH_URL: Final = "https://w3id.org/xapi/cmi5/context/extensions/launchurl"
    CMI5_MOVE_ON: Final = "https://w3id.org/xapi/cmi5/context/extensions/moveon"
    CMI5_LAUNCH_PARAMETERS: Final = "https://w3id.org/xapi/cmi5/context/extensions/launchparameters"
    CMI5_REASON: Final = "https://w3id.org/xapi/cmi5/result/extensions/reason"


SIGNATURE_USAGE: Final = "http://adlnet.gov/expapi/attachments/signature"
