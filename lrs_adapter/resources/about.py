"""The About resource (xAPI 1.0.3 Communication 2.8). Open to all, in any version."""

import orjson

from lrs_adapter.resources.answer import Answer
from lrs_adapter.resources.call import Call

VERSIONS = ("1.0.0", "1.0.1", "1.0.2", "1.0.3", "2.0.0")


def get(call: Call) -> Answer:
    call.only()
    return Answer(orjson.dumps({"version": VERSIONS}), content_type="application/json")
