"""The Statements that a launching system sends itself: launched, abandoned, waived and satisfied (cmi5 9.3, 9.6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from lrs_adapter import statements as xapi
from lrs_adapter.vocabulary import (
    ABANDONED,
    CMI5_CATEGORY,
    CMI5_MOVEON_CATEGORY,
    LAUNCHED,
    SATISFIED,
    WAIVED,
    ActivityType,
    Extension,
    Verb,
)
from tracker.launch.models import LaunchMode, LaunchRegistration
from tracker.launch.structure import Au, Block

__all__ = ["Names", "Teller"]

_CMI5: Final = xapi.Activity(CMI5_CATEGORY)
_MOVE_ON: Final = xapi.Activity(CMI5_MOVEON_CATEGORY)


@dataclass(frozen=True, slots=True)
class Names:
    """The ids that we give to a course and its parts: never the publisher's (cmi5 8.1.5, 9.4).

    The same publisher's id gets the same one in every version of the course.
    """

    base_url: str
    course_id: UUID

    @property
    def course(self) -> str:
        return f"{self.base_url}/cmi5/courses/{self.course_id}"

    def au(self, au: Au) -> str:
        return f"{self.course}/au/{uuid5(self.course_id, au.publisher_id)}"

    def block(self, block: Block) -> str:
        return f"{self.course}/block/{uuid5(self.course_id, block.publisher_id)}"


@dataclass(frozen=True, slots=True)
class Teller:
    """Speaks of one registration, in one session, at one moment."""

    registration: LaunchRegistration
    names: Names
    session_id: UUID
    now: datetime

    def launched(self, au: Au, *, mode: LaunchMode, url: str) -> dict[str, Any]:
        """``url``: the AU's address without the parameters of the launch (cmi5 9.6.3.4)."""
        extensions: dict[str, Any] = {
            Extension.CMI5_LAUNCH_MODE: mode.value,
            Extension.CMI5_LAUNCH_URL: url,
            Extension.CMI5_MOVE_ON: au.move_on.value,
        }
        if au.mastery_score is not None:
            extensions[Extension.CMI5_MASTERY_SCORE] = au.mastery_score
        if au.launch_parameters is not None:
            extensions[Extension.CMI5_LAUNCH_PARAMETERS] = au.launch_parameters
        return self._about_au(LAUNCHED, au, extensions=extensions)

    def abandoned(self, au: Au, *, duration: timedelta) -> dict[str, Any]:
        return self._about_au(ABANDONED, au, result=xapi.Result(duration=duration))

    def waived(self, au: Au, *, reason: str) -> dict[str, Any]:
        result = xapi.Result(success=True, completion=True, extensions={Extension.CMI5_REASON: reason})
        return self._about_au(WAIVED, au, result=result)

    def block_satisfied(self, block: Block) -> dict[str, Any]:
        activity = xapi.Activity(self.names.block(block), ActivityType.CMI5_BLOCK, block.title)
        return self._build(SATISFIED, activity, block.publisher_id)

    def course_satisfied(self) -> dict[str, Any]:
        structure = self.registration.version.structure
        activity = xapi.Activity(self.names.course, ActivityType.CMI5_COURSE, structure.title)
        return self._build(SATISFIED, activity, structure.publisher_id)

    def _about_au(
        self, verb: Verb, au: Au, *, result: xapi.Result | None = None, extensions: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        activity = xapi.Activity(self.names.au(au), au.activity_type or "", au.title)
        return self._build(verb, activity, au.publisher_id, result=result, extensions=extensions)

    def _build(
        self,
        verb: Verb,
        activity: xapi.Activity,
        publisher_id: str,
        *,
        result: xapi.Result | None = None,
        extensions: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        is_judged = result is not None and (result.success is not None or result.completion is not None)
        return xapi.build_statement(
            verb,
            actor=self.registration.account,
            activity=activity,
            registration=self.registration.id,
            timestamp=self.now,
            key=str(self.session_id),
            result=result,
            grouping=[xapi.Activity(publisher_id)],
            category=[_CMI5, _MOVE_ON] if is_judged else [_CMI5],
            extensions={**(extensions or {}), Extension.CMI5_SESSION_ID: str(self.session_id)},
        )
