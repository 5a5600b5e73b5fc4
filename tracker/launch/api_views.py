"""The courses API: importing and launching cmi5 for other systems. JSON, bearer tokens, no cookies."""

import shutil
import tempfile
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError

from tracker.api.bearer import token_here, with_token
from tracker.api.tokens import TokenScope
from tracker.audit import services as audit
from tracker.audit.models import Action, Via
from tracker.clock import now
from tracker.db import db
from tracker.errors import ApiProblem
from tracker.launch import launching, package, services
from tracker.launch.api_bodies import LaunchBody, read_launch, read_waive
from tracker.launch.current import current_place, current_shelf
from tracker.launch.faults import InvalidPackage, Kind, PackageTooLarge
from tracker.launch.models import AuSession, ImportedCourse, LaunchRegistration
from tracker.launch.openapi import DOCUMENT
from tracker.launch.registering import RegistrationConflict, register
from tracker.launch.satisfying import states
from tracker.launch.structure import Au, MoveOn
from tracker.launch.wording import as_json, in_english
from tracker.permissions import Role, allow

bp = Blueprint("launch_api", __name__, url_prefix="/api/v1")

# What somebody whom we don't know prefers is not known either.
_LANGUAGES = ("sv", "en")


@bp.get("/openapi.json")
@allow(Role.ANYONE)
def openapi() -> Response:
    return jsonify({**DOCUMENT, "servers": [{"url": f"{current_place().base_url}/api/v1"}]})


@bp.get("/about")
@allow(Role.MACHINE)
@with_token(TokenScope.COURSES)
def about() -> Response:
    endpoint = f"{current_place().base_url}/xapi"
    return jsonify(
        {
            "name": "Samverkan",
            "version": version("samverkan"),
            "xapi": {"endpoint": endpoint, "versions": ["1.0.3", "2.0.0"]},
            "capabilities": {"waive": True, "abandon": True},
        }
    )


@bp.post("/courses")
@allow(Role.MACHINE)
@with_token(TokenScope.COURSES)
def add_course() -> ResponseReturnValue:
    shelf = current_shelf()
    if request.mimetype not in services.MEDIA_TYPES:
        raise ApiProblem(
            415, "invalid_package", "A package comes as application/zip or text/xml", requirement="14.0.0.0-1"
        )
    request.max_content_length = shelf.limits.package
    with tempfile.TemporaryFile() as file:
        shutil.copyfileobj(request.stream, file)
        file.seek(0)
        try:
            unpacked = services.read_package(file, media_type=request.mimetype, shelf=shelf)
        except InvalidPackage as error:
            raise _invalid(error) from None
        except PackageTooLarge as error:
            raise ApiProblem(413, "too_large", f"The package has {error}") from None
    try:
        course = services.add_course(db.session, unpacked, filename=request.args.get("filename", ""), now=now())
        db.session.commit()
    except BaseException:
        if unpacked.folder is not None:
            package.remove(shelf.root, unpacked.folder)
        raise
    response = jsonify(_course(course))
    response.status_code = 201
    response.headers["Location"] = f"{current_place().base_url}/api/v1/courses/{course.id}"
    return response


@bp.get("/courses/<uuid:course_id>")
@allow(Role.MACHINE)
@with_token(TokenScope.COURSES)
def course(course_id: UUID) -> Response:
    return jsonify(_course(_known(course_id)))


@bp.delete("/courses/<uuid:course_id>")
@allow(Role.MACHINE)
@with_token(TokenScope.COURSES)
def delete_course(course_id: UUID) -> ResponseReturnValue:
    folders = services.delete_course(db.session, _known(course_id))
    db.session.commit()
    for folder in folders:
        package.remove(current_shelf().root, folder)
    return Response(status=204)


@bp.post("/courses/<uuid:course_id>/aus/<int:index>/launch")
@allow(Role.MACHINE)
@with_token(TokenScope.COURSES)
def launch(course_id: UUID, index: int) -> ResponseReturnValue:
    known = _known(course_id)
    body = read_launch(request)
    try:
        return _launched(known, index, body)
    except IntegrityError:
        db.session.rollback()
        if services.find_course(db.session, course_id) is None:
            raise _no("course") from None
        # Another course has just taken the registration.
        raise _conflict() from None


def _launched(course: ImportedCourse, index: int, body: LaunchBody) -> ResponseReturnValue:
    place = current_place()
    if index >= len(course.current.structure.aus) and body.registration is None:
        raise _no("AU")
    try:
        registration = register(
            db.session,
            course,
            account=body.account,
            base_url=place.base_url,
            now=now(),
            registration_id=body.registration,
        )
    except RegistrationConflict:
        raise _conflict() from None
    made = launching.launch(
        db.session,
        registration,
        _au(registration, index),
        mode=body.mode,
        return_url=body.return_url,
        languages=_LANGUAGES,
        place=place,
        now=now(),
    )
    answer = {
        "session_id": str(made.session.id),
        "registration": str(registration.id),
        "launch_url": made.url,
        "launch_method": made.au.launch_method.value,
        "launch_mode": made.session.mode.value,
    }
    db.session.commit()
    return jsonify(answer), 201


@bp.post("/registrations/<uuid:registration_id>/aus/<int:index>/waive")
@allow(Role.MACHINE)
@with_token(TokenScope.COURSES)
def waive(registration_id: UUID, index: int) -> ResponseReturnValue:
    registration = _registration(registration_id)
    au = _au(registration, index)
    reason = read_waive(request)
    try:
        session_id = launching.waive(db.session, registration, au, reason=reason, place=current_place(), now=now())
    except launching.AlreadySatisfied:
        raise ApiProblem(409, "already_satisfied", "The AU is satisfied already", requirement="9.3.7.0-4 (d)") from None
    if registration.learner_id is not None:
        audit.note(
            db.session,
            Action.PART_WAIVED,
            by=None,
            now=now(),
            subject=registration.learner_id,
            target=f"course:{registration.course_id}",
            via=Via.API,
            details={"part": index, "token": token_here()},
        )
    answer = {
        "registration": str(registration.id),
        "au_index": index,
        "session_id": str(session_id),
        "reason": reason,
        "satisfied": True,
        "course_satisfied": registration.satisfied_at is not None,
    }
    db.session.commit()
    return jsonify(answer), 201


@bp.post("/sessions/<uuid:session_id>/abandon")
@allow(Role.MACHINE)
@with_token(TokenScope.COURSES)
def abandon(session_id: UUID) -> ResponseReturnValue:
    session = db.session.get(AuSession, session_id)
    if session is None:
        raise _no("session")
    try:
        launching.abandon(db.session, session, place=current_place(), now=now())
    except launching.SessionTerminated:
        raise ApiProblem(409, "session_terminated", "The session has ended with Terminated") from None
    db.session.commit()
    return jsonify({"session_id": str(session_id), "state": "abandoned"})


@bp.get("/registrations/<uuid:registration_id>")
@allow(Role.MACHINE)
@with_token(TokenScope.COURSES)
def registration(registration_id: UUID) -> Response:
    found = _registration(registration_id)
    if found.learner_id is not None:
        audit.looked(
            db.session,
            Action.REGISTRATION_SEEN,
            by=None,
            now=now(),
            subject=found.learner_id,
            target=f"course:{found.course_id}",
            via=Via.API,
            details={"token": token_here()},
        )
    known = states(db.session, found)
    aus = []
    for au in found.version.structure.aus:
        row = known.get(au.index)
        one: dict[str, Any] = {"index": au.index}
        for name in ("completed", "passed", "failed", "waived", "satisfied"):
            one[name] = row is not None and getattr(row, f"{name}_at") is not None
        one["satisfied"] = one["satisfied"] or au.move_on is MoveOn.NOT_APPLICABLE
        if row is not None and row.score is not None:
            one["score"] = row.score
        aus.append(one)
    return jsonify(
        {
            "registration": str(found.id),
            "course_id": str(found.course_id),
            "actor": found.actor,
            "satisfied": found.satisfied_at is not None,
            "aus": aus,
        }
    )


def _course(course: ImportedCourse) -> Mapping[str, Any]:
    structure, names = course.current.structure, current_place().names(course.id)
    return {
        "id": str(course.id),
        "lms_id": names.course,
        "publisher_id": structure.publisher_id,
        "title": structure.title,
        "description": structure.description,
        "aus": [
            {
                "index": au.index,
                "lms_id": names.au(au),
                "publisher_id": au.publisher_id,
                "title": au.title,
                "url": au.url,
                "launch_method": au.launch_method.value,
                "move_on": au.move_on.value,
                "mastery_score": au.mastery_score,
            }
            for au in structure.aus
        ],
    }


def _known(course_id: UUID) -> ImportedCourse:
    found = services.find_course(db.session, course_id)
    if found is None:
        raise _no("course")
    return found


def _registration(registration_id: UUID) -> LaunchRegistration:
    found = db.session.get(LaunchRegistration, registration_id)
    if found is None:
        raise _no("registration")
    return found


def _au(registration: LaunchRegistration, index: int) -> Au:
    aus = registration.version.structure.aus
    if index >= len(aus):
        raise _no("AU")
    return aus[index]


def _no(what: str) -> ApiProblem:
    return ApiProblem(404, "not_found", f"There is no such {what}")


def _conflict() -> ApiProblem:
    return ApiProblem(409, "registration_conflict", "The registration belongs to another course or another actor")


def _invalid(error: InvalidPackage) -> ApiProblem:
    first = error.faults[0]
    return ApiProblem(
        415 if first.kind is Kind.MEDIA_TYPE else 422,
        "invalid_package",
        in_english(first),
        requirement=first.requirement,
        details=[as_json(fault) for fault in error.faults],
    )
