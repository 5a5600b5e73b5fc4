"""Results and scores (xAPI 1.0.3 Data 2.4.5)."""

from typing import Any, Final

from lrs_adapter.validation.primitives import (
    fail,
    only_known,
    require_boolean,
    require_duration,
    require_extensions,
    require_number,
    require_object,
    require_string,
)

_RESULT: Final = frozenset({"score", "success", "completion", "response", "duration", "extensions"})
_SCORE: Final = frozenset({"scaled", "raw", "min", "max"})


def validate_result(value: Any, place: str) -> None:
    result = require_object(value, place)
    only_known(result, _RESULT, place)
    if "score" in result:
        _validate_score(result["score"], f"{place}.score")
    if "success" in result:
        require_boolean(result["success"], f"{place}.success")
    if "completion" in result:
        require_boolean(result["completion"], f"{place}.completion")
    if "response" in result:
        require_string(result["response"], f"{place}.response")
    if "duration" in result:
        require_duration(result["duration"], f"{place}.duration")
    if "extensions" in result:
        require_extensions(result["extensions"], f"{place}.extensions")


def _validate_score(value: Any, place: str) -> None:
    score = require_object(value, place)
    only_known(score, _SCORE, place)
    numbers = {name: require_number(number, f"{place}.{name}") for name, number in score.items()}
    if not -1 <= numbers.get("scaled", 0) <= 1:
        fail(f"{place}.scaled", "lies between -1 and 1", "Data 2.4.5.1")
    low, high, raw = numbers.get("min"), numbers.get("max"), numbers.get("raw")
    if low is not None and high is not None and low >= high:
        fail(f"{place}.min", "is less than 'max'", "Data 2.4.5.1")
    if raw is not None and ((low is not None and raw < low) or (high is not None and raw > high)):
        fail(f"{place}.raw", "lies between 'min' and 'max'", "Data 2.4.5.1")
