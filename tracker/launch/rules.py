"""What an AU may say, and when (cmi5 7.1, 9 and 10.2): pure rules on one valid Statement and what came before it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NoReturn
from uuid import UUID

from lrs_adapter.errors import RuleBroken
from lrs_adapter.validation.primitives import parse_timestamp
from lrs_adapter.vocabulary import (
    CMI5_CATEGORY,
    CMI5_MOVEON_CATEGORY,
    COMPLETED,
    FAILED,
    INITIALIZED,
    PASSED,
    TERMINATED,
    VOIDED,
    Extension,
)
from tracker.launch.models import LaunchMode

__all__ = ["Before", "check_statement", "is_defined", "moment_of"]

_JUDGING: Final = (COMPLETED.id, PASSED.id, FAILED.id)
_OF_AU: Final = (INITIALIZED.id, *_JUDGING, TERMINATED.id)
_DURATION: Final = {
    TERMINATED.id: "9.5.4.1-1 (d)",
    COMPLETED.id: "9.5.4.1-2 (d)",
    PASSED.id: "9.5.4.1-3 (d)",
    FAILED.id: "9.5.4.1-4 (d)",
}
_MOVE_ON: Final = {COMPLETED.id: "9.6.2.2-1 (d1)", PASSED.id: "9.6.2.2-1 (d2)", FAILED.id: "9.6.2.2-1 (d3)"}


@dataclass(frozen=True, slots=True)
class Before:
    """The session, and what has been said before. ``verbs``: of this session's cmi5-defined Statements.

    ``first_at`` and ``last_at``: timestamps of the first and the latest of this session. ``has_completed`` and
    ``has_passed``: of this AU in this registration, in whatever session.
    """

    session_id: UUID
    registration: UUID
    actor: Mapping[str, Any]
    activity_id: str
    publisher_id: str
    mode: LaunchMode
    mastery_score: float | None
    has_read_preferences: bool
    is_terminated: bool
    is_abandoned: bool
    verbs: Collection[str]
    first_at: datetime | None
    last_at: datetime | None
    has_completed: bool
    has_passed: bool


def is_defined(statement: Mapping[str, Any]) -> bool:
    """cmi5-defined, by its category (cmi5 7.1.3, 9.6.2.1)."""
    return CMI5_CATEGORY in _ids(statement, "category")


def moment_of(statement: Mapping[str, Any]) -> datetime:
    """Its timestamp, which has been checked to be there."""
    moment = parse_timestamp(statement["timestamp"])
    assert moment is not None
    return moment


def check_statement(statement: Mapping[str, Any], before: Before) -> None:
    """:raises RuleBroken: with the place in the Statement and the id of the requirement."""
    if before.is_abandoned:
        _refuse("$", "the session has been abandoned, and takes no more Statements", "9.3.6.0-2 (d2)")
    if before.is_terminated:
        _refuse("$", "the session has ended with Terminated, and takes no more Statements", "9.3.0.0-5 (d2)")
    if "id" not in statement:
        _refuse("$.id", "is required: the AU gives its Statements their ids", "9.1.0.0-1 (d)")
    if statement["verb"]["id"] == VOIDED.id:
        _refuse("$.verb", "an AU voids nothing", "6.3.0.0-1")
    _check_timestamp(statement)
    _check_order(statement, before)
    _check_actor(statement, before)
    _check_context(statement, before)
    if is_defined(statement):
        _check_defined(statement, before)
    elif CMI5_MOVEON_CATEGORY in _ids(statement, "category"):
        _refuse("$.context.contextActivities.category", "moveon is for cmi5-defined Statements", "9.6.2.2-2 (d)")


def _check_timestamp(statement: Mapping[str, Any]) -> None:
    text = statement.get("timestamp")
    if text is None:
        _refuse("$.timestamp", "is required", "9.7.0.0-1 (d)")
    moment = parse_timestamp(text)
    if moment is None or moment.utcoffset() != timedelta(0) or not _says_utc(text):
        _refuse("$.timestamp", "is in UTC", "9.7.0.0-2 (d)")


def _says_utc(text: str) -> bool:
    """Whatever the parser makes of a moment, it was written in UTC."""
    return text.upper().endswith("Z") or text.endswith(("+00:00", "+0000", "+00"))


def _check_order(statement: Mapping[str, Any], before: Before) -> None:
    """By timestamp, as the standard has it (cmi5 9.3)."""
    verb, moment = statement["verb"]["id"], moment_of(statement)
    begins = verb == INITIALIZED.id and is_defined(statement)
    if INITIALIZED.id not in before.verbs:
        if not begins:
            _refuse("$.verb", "Initialized is the first Statement of a session", "9.3.0.0-4 (d2)")
        if not before.has_read_preferences:
            _refuse("$.verb", "the AU reads cmi5LearnerPreferences before Initialized", "11.0.0.0-3 (d2)")
    elif before.first_at is not None and moment < before.first_at:
        _refuse("$.timestamp", "is not before that of Initialized", "9.3.0.0-4 (d2)")
    ends = verb == TERMINATED.id and is_defined(statement)
    if ends and before.last_at is not None and moment < before.last_at:
        _refuse(
            "$.timestamp", "is not before that of a Statement sent earlier: Terminated is the last", "9.3.0.0-5 (d2)"
        )


def _check_actor(statement: Mapping[str, Any], before: Before) -> None:
    actor = statement["actor"]
    if actor.get("objectType", "Agent") != "Agent":
        _refuse("$.actor.objectType", "is Agent", "9.2.0.0-2")
    if "account" not in actor:
        _refuse("$.actor.account", "identifies the Actor, as in the launch", "9.2.0.0-3")
    if actor["account"] != before.actor["account"]:
        _refuse("$.actor", "is the Actor of the launch", "8.1.3.0-3 (d)")


def _check_context(statement: Mapping[str, Any], before: Before) -> None:
    defined = is_defined(statement)
    context = statement.get("context")
    if context is None:
        # Without a context nobody can tell; the verb is as good a guess as any.
        looks_defined = statement["verb"]["id"] in _OF_AU
        _refuse("$.context", "is required", "9.6.0.0-1 (d)" if looks_defined else "10.2.1.0-6 (d)")
    if context.get("registration", "").lower() != str(before.registration):
        requirement = "9.6.1.0-1 (d)" if defined else "8.1.4.0-3 (d)"
        _refuse("$.context.registration", "is the registration of the launch", requirement)
    if context.get("extensions", {}).get(Extension.CMI5_SESSION_ID) != str(before.session_id):
        _refuse("$.context.extensions", f"{Extension.CMI5_SESSION_ID} is the session of the launch", "9.6.3.1-4 (d)")
    if before.publisher_id not in _ids(statement, "grouping"):
        _refuse(
            "$.context.contextActivities.grouping",
            "holds what contextTemplate has in it",
            "9.6.2.0-1 (d)" if defined else "10.2.1.0-6 (d)",
        )


def _check_defined(statement: Mapping[str, Any], before: Before) -> None:
    verb = statement["verb"]["id"]
    if verb not in _OF_AU:
        _refuse("$.verb", "is no verb that an AU uses in a cmi5-defined Statement", "9.3.0.0-1")
    object_ = statement["object"]
    if object_.get("objectType", "Activity") != "Activity" or object_["id"] != before.activity_id:
        _refuse("$.object.id", "is the activityId of the launch", "8.1.5.0-6 (d)")
    if verb in _JUDGING and before.mode is not LaunchMode.NORMAL:
        requirement = "10.2.2.0-2 (d)" if before.mode is LaunchMode.BROWSE else "10.2.2.0-3 (d)"
        _refuse("$.verb", f"is not used in the launch mode {before.mode}", requirement)
    _check_repetition(verb, before)
    result = statement.get("result", {})
    _check_result(verb, result)
    _check_category(statement, verb, result)
    if verb in (PASSED.id, FAILED.id):
        _check_score(statement, verb, result, before.mastery_score)


def _check_repetition(verb: str, before: Before) -> None:
    if verb == FAILED.id and before.has_passed:
        _refuse("$.verb", "Failed doesn't follow Passed in a registration", "9.3.0.0-8 (d)")
    if verb in before.verbs:
        requirement = "9.3.2.0-3 (d)" if verb == INITIALIZED.id else "9.3.0.0-2 (d)"
        _refuse("$.verb", "is used once in a session", requirement)
    if verb in (PASSED.id, FAILED.id) and {PASSED.id, FAILED.id} & set(before.verbs):
        _refuse("$.verb", "only one of Passed and Failed is used in a session", "9.3.0.0-3 (d)")
    if verb == COMPLETED.id and before.has_completed:
        _refuse("$.verb", "Completed is used once in a registration", "9.3.0.0-6 (d2)")
    if verb == PASSED.id and before.has_passed:
        _refuse("$.verb", "Passed is used once in a registration", "9.3.0.0-7 (d2)")


def _check_result(verb: str, result: Mapping[str, Any]) -> None:
    if "score" in result and verb not in (PASSED.id, FAILED.id):
        _refuse("$.result.score", "is only for Passed and Failed", "9.5.1.0-2 (d)")
    success = result.get("success")
    if verb == PASSED.id and success is not True:
        _refuse("$.result.success", "is true", "9.5.2.0-1 (d1)")
    if verb == FAILED.id and success is not False:
        _refuse("$.result.success", "is false", "9.5.2.0-2 (d)")
    if verb not in (PASSED.id, FAILED.id) and "success" in result:
        _refuse("$.result.success", "is only for Passed and Failed", "9.5.2.0-3 (d)")
    if verb == COMPLETED.id and result.get("completion") is not True:
        _refuse("$.result.completion", "is true", "9.5.3.0-1 (d1)")
    if verb != COMPLETED.id and "completion" in result:
        _refuse("$.result.completion", "is only for Completed", "9.5.3.0-2 (d)")
    if verb in _DURATION and "duration" not in result:
        _refuse("$.result.duration", "is required", _DURATION[verb])


def _check_category(statement: Mapping[str, Any], verb: str, result: Mapping[str, Any]) -> None:
    has_move_on = CMI5_MOVEON_CATEGORY in _ids(statement, "category")
    is_judged = "success" in result or "completion" in result
    place = "$.context.contextActivities.category"
    if is_judged and not has_move_on:
        _refuse(place, "holds the category moveon", _MOVE_ON[verb])
    if has_move_on and not is_judged:
        _refuse(place, "moveon is for Statements with success or completion", "9.6.2.2-2 (d)")


def _check_score(
    statement: Mapping[str, Any], verb: str, result: Mapping[str, Any], mastery_score: float | None
) -> None:
    score = result.get("score", {})
    if "raw" in score and "min" not in score:
        _refuse("$.result.score.min", "is required where there is a raw score", "9.5.1.0-3 (d1)")
    if "raw" in score and "max" not in score:
        _refuse("$.result.score.max", "is required where there is a raw score", "9.5.1.0-3 (d2)")
    if mastery_score is None:
        return
    scaled = score.get("scaled")
    if scaled is not None and verb == PASSED.id and scaled < mastery_score:
        _refuse("$.result.score.scaled", f"is {mastery_score} or more for Passed", "9.3.4.0-2 (d2)")
    if scaled is not None and verb == FAILED.id and scaled >= mastery_score:
        _refuse("$.result.score.scaled", f"is less than {mastery_score} for Failed", "9.3.5.0-2 (d)")
    told = statement["context"]["extensions"].get(Extension.CMI5_MASTERY_SCORE)
    if (score and told is None) or (told is not None and told != mastery_score):
        _refuse("$.context.extensions", f"{Extension.CMI5_MASTERY_SCORE} is {mastery_score}", "9.6.3.2-2 (d)")


def _ids(statement: Mapping[str, Any], name: str) -> set[str]:
    """Of the Activities in one of contextActivities; one alone may stand without a list (xAPI 1.0.3 Data 2.4.6.2)."""
    found = statement.get("context", {}).get("contextActivities", {}).get(name, [])
    return {activity["id"] for activity in (found if isinstance(found, list) else [found])}


def _refuse(place: str, rule: str, requirement: str) -> NoReturn:
    raise RuleBroken(place, rule, requirement)
