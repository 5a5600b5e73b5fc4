"""The Activities resource (xAPI 1.0.3 Communication 2.5): everything that is known of one Activity."""

import orjson

from lrs_adapter.credentials import Scope
from lrs_adapter.definitions import canonical
from lrs_adapter.resources.answer import Answer
from lrs_adapter.resources.call import Call


def get(call: Call) -> Answer:
    call.allow(Scope.ALL_READ, Scope.STATEMENTS_READ, Scope.STATEMENTS_READ_MINE, Scope.PROFILE, Scope.STATE)
    call.only("activityId")
    activity_id = call.text("activityId")
    call.iri("activityId")
    activity = {"objectType": "Activity", "id": activity_id}
    known = canonical(call.db, [activity_id])
    return Answer(
        orjson.dumps({**activity, "definition": known[activity_id]} if known else activity),
        content_type="application/json",
    )
