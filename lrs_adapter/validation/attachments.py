"""Attachment objects (xAPI 1.0.3 Data 2.4.11). Their data is checked where it arrives."""

from typing import Any, Final

from lrs_adapter.validation.primitives import (
    fail,
    only_known,
    require_array,
    require_iri,
    require_language_map,
    require_media_type,
    require_object,
    require_sha2,
)

_REQUIRED: Final = frozenset({"usageType", "display", "contentType", "length", "sha2"})
_KNOWN: Final = _REQUIRED | {"description", "fileUrl"}


def validate_attachments(value: Any, place: str) -> None:
    for number, item in enumerate(require_array(value, place)):
        there = f"{place}[{number}]"
        attachment = require_object(item, there)
        only_known(attachment, _KNOWN, there)
        for name in sorted(_REQUIRED):
            if name not in attachment:
                fail(there, f"an attachment has {name!r}", "Data 2.4.11")
        require_iri(attachment["usageType"], f"{there}.usageType")
        require_language_map(attachment["display"], f"{there}.display")
        if "description" in attachment:
            require_language_map(attachment["description"], f"{there}.description")
        require_media_type(attachment["contentType"], f"{there}.contentType")
        length = attachment["length"]
        if type(length) is not int or length < 0:
            fail(f"{there}.length", "is a whole number of octets", "Data 2.4.11")
        require_sha2(attachment["sha2"], f"{there}.sha2")
        if "fileUrl" in attachment:
            require_iri(attachment["fileUrl"], f"{there}.fileUrl")
