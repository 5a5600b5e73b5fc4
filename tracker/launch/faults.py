"""What can be wrong with a package: which rule, where, and with what. The words are in ``wording``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from tracker.errors import TrackerError

__all__ = ["Fault", "InvalidPackage", "Kind", "PackageTooLarge"]


class Kind(StrEnum):
    MEDIA_TYPE = "media_type"
    NOT_ZIP = "not_zip"
    DAMAGED = "damaged"
    ENCRYPTED = "encrypted"
    UNSUPPORTED = "unsupported"
    UNSAFE_NAME = "unsafe_name"
    LINK = "link"
    SAME_NAME = "same_name"
    NO_STRUCTURE = "no_structure"
    STRUCTURE_IN_FOLDER = "structure_in_folder"
    NOT_XML = "not_xml"
    ENTITY = "entity"
    WRONG_ROOT = "wrong_root"
    MISPLACED_ELEMENT = "misplaced_element"
    MISSING_ELEMENT = "missing_element"
    TEXT_HERE = "text_here"
    UNKNOWN_ATTRIBUTE = "unknown_attribute"
    MISSING_ATTRIBUTE = "missing_attribute"
    WRONG_VALUE = "wrong_value"
    NOT_IRI = "not_iri"
    SAME_ID = "same_id"
    BAD_URL = "bad_url"
    RESERVED_PARAMETER = "reserved_parameter"
    RELATIVE_URL = "relative_url"
    NOT_IN_PACKAGE = "not_in_package"


@dataclass(frozen=True, slots=True)
class Fault:
    """``requirement`` is an id of the list of cmi5 requirements. ``line`` is of ``cmi5.xml``; None: the package."""

    kind: Kind
    requirement: str
    line: int | None = None
    element: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


class InvalidPackage(TrackerError):
    """Nothing of the package was kept. ``faults`` has at least one, in the order of the file."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(", ".join(f"{fault.requirement} {fault.kind}" for fault in faults[:5]))
        self.faults = list(faults)


class PackageTooLarge(TrackerError):
    """Past a limit on bytes, files or compression: what is sent, or what it would become when unpacked."""
