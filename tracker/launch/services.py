"""What can be done with an imported course: import, replace, publish, delete."""

import zipfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Final
from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from tracker.launch import completing, package
from tracker.launch.faults import Fault, InvalidPackage, Kind, PackageTooLarge
from tracker.launch.models import CourseVersion, ImportedCourse, LaunchRegistration
from tracker.launch.package import Limits, Unpacked

__all__ = [
    "MEDIA_TYPES",
    "Shelf",
    "add_course",
    "delete_course",
    "find_course",
    "publish",
    "read_package",
    "replace",
    "unpublish",
]

_ZIP: Final = ("application/zip", "application/x-zip-compressed")
_XML: Final = ("text/xml", "application/xml")
MEDIA_TYPES: Final = (*_ZIP, *_XML)


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where the files of packages lie, and how much is taken."""

    root: Path
    limits: Limits = Limits()  # noqa: RUF009  # frozen, so one for all is safe


def read_package(file: IO[bytes], *, media_type: str | None, shelf: Shelf) -> Unpacked:
    """Look through a package and unpack it. Takes its time and needs no database. ``file`` can be sought in.

    ``media_type``: as the sender tells it; None where nobody has told, as with a file from a form.

    :raises InvalidPackage: with every fault; nothing is kept.
    :raises PackageTooLarge: likewise.
    """
    if media_type is None:
        media_type = _ZIP[0] if zipfile.is_zipfile(file) else _XML[0]
        file.seek(0)
        if media_type == _XML[0] and not file.read(200).lstrip(b"\xef\xbb\xbf\xff\xfe\xfe\xff\x00 \t\r\n").startswith(
            b"<"
        ):
            raise InvalidPackage([Fault(Kind.MEDIA_TYPE, "14.0.0.0-1")])
        file.seek(0)
    if media_type in _ZIP:
        return package.unpack(file, shelf.root, shelf.limits)
    if media_type in _XML:
        content = file.read(shelf.limits.structure + 1)
        if len(content) > shelf.limits.structure:
            raise PackageTooLarge(f"more than {shelf.limits.structure} bytes of XML")
        return package.read_xml(content)
    raise InvalidPackage([Fault(Kind.MEDIA_TYPE, "14.0.0.0-1", values={"value": media_type})])


def add_course(db: Session, unpacked: Unpacked, *, filename: str, now: datetime) -> ImportedCourse:
    """A new course, in its first version, which no learner sees yet."""
    found = ImportedCourse(id=uuid4(), created_at=now)
    found.versions.append(_version(unpacked, number=1, filename=filename, now=now))
    db.add(found)
    db.flush()
    return found


def replace(db: Session, course: ImportedCourse, unpacked: Unpacked, *, filename: str, now: datetime) -> CourseVersion:
    """A new version, for those who begin from now on. Whoever has begun goes on in theirs, and nothing of what they
    have done is touched."""
    _lock(db, course.id)
    db.refresh(course, ["versions"])
    version = _version(unpacked, number=course.current.number + 1, filename=filename, now=now)
    course.versions.append(version)
    db.flush()
    return version


def publish(db: Session, course: ImportedCourse, *, now: datetime) -> None:
    """Learners see it. The first moment stays when it is published again."""
    course.published_at = course.published_at or now
    db.flush()


def unpublish(db: Session, course: ImportedCourse) -> None:
    """Nobody begins it any more. Whoever has begun can go on."""
    course.published_at = None
    db.flush()


def find_course(db: Session, course_id: UUID) -> ImportedCourse | None:
    return db.get(ImportedCourse, course_id)


def delete_course(db: Session, course: ImportedCourse) -> list[UUID]:
    """With its registrations and sessions; Statements stay, and it is kept who has completed it. Returns the folders to
    remove after the commit."""
    completing.lock_learners(db, course.id)
    _lock(db, course.id)
    folders = [version.folder for version in course.versions if version.folder is not None]
    # Statements of a session that is going on now are stored before this, or refused after it.
    db.execute(
        select(LaunchRegistration.id)
        .where(LaunchRegistration.course_id == course.id)
        .order_by(LaunchRegistration.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    completing.keep_all(db, course.id)
    db.execute(delete(LaunchRegistration).where(LaunchRegistration.course_id == course.id))
    db.execute(delete(CourseVersion).where(CourseVersion.course_id == course.id))
    db.execute(delete(ImportedCourse).where(ImportedCourse.id == course.id))
    db.expire_all()
    return folders


def _lock(db: Session, course_id: UUID) -> None:
    db.execute(select(ImportedCourse.id).where(ImportedCourse.id == course_id).with_for_update())


def _version(unpacked: Unpacked, *, number: int, filename: str, now: datetime) -> CourseVersion:
    return CourseVersion(
        number=number,
        created_at=now,
        filename="".join(sign for sign in filename if sign.isprintable())[:255],
        folder=unpacked.folder,
        file_count=unpacked.files,
        size=unpacked.size,
        structure_json=unpacked.structure.to_json(),
    )
