"""The courses API in the words of OpenAPI 3.1."""

from typing import Any, Final

__all__ = ["DOCUMENT"]

_TEXTS: Final = {"type": "object", "additionalProperties": {"type": "string"}, "description": "Language tag: text"}
_UUID: Final = {"type": "string", "format": "uuid"}
_IRI: Final = {"type": "string", "format": "iri"}
_YES_OR_NO: Final = {"type": "boolean"}


def _object(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": {**required, **(optional or {})}}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def _path(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": schema}


_REFUSALS: Final = {
    "401": "unauthorized: no token, or one that opens nothing",
    "403": "forbidden: the token lacks the scope courses",
    "404": "not_found",
    "405": "method_not_allowed",
    "409": "registration_conflict, already_satisfied or session_terminated",
    "413": "too_large",
    "415": "invalid_package: another media type",
    "422": "invalid_package or invalid_request",
}


def _answers(status: str, description: str, schema: dict[str, Any] | None, *refusals: str) -> dict[str, Any]:
    good = {"description": description, **(_json(schema) if schema else {})}
    refused = {one: {"description": _REFUSALS[one], **_json(_ref("Problem"))} for one in ("401", "403", *refusals)}
    return {status: good, **refused}


_INDEX: Final = _path("index", {"type": "integer", "minimum": 0})

_SCHEMAS: Final = {
    "Problem": _object(
        {
            "error": _object(
                {"code": {"type": "string"}, "message": {"type": "string"}},
                {
                    "requirement": {"type": "string", "description": "Id of a cmi5 requirement"},
                    "details": {"type": "array", "items": {"type": "object"}},
                },
            )
        }
    ),
    "About": _object(
        {
            "name": {"type": "string"},
            "version": {"type": "string"},
            "xapi": _object({"endpoint": _IRI, "versions": {"type": "array", "items": {"type": "string"}}}),
            "capabilities": _object({"waive": _YES_OR_NO, "abandon": _YES_OR_NO}),
        }
    ),
    "Au": _object(
        {
            "index": {"type": "integer", "minimum": 0},
            "lms_id": _IRI,
            "publisher_id": _IRI,
            "title": _TEXTS,
            "url": {"type": "string"},
            "launch_method": {"enum": ["OwnWindow", "AnyWindow"]},
            "move_on": {"enum": ["NotApplicable", "Passed", "Completed", "CompletedAndPassed", "CompletedOrPassed"]},
            "mastery_score": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
        }
    ),
    "Course": _object(
        {
            "id": _UUID,
            "lms_id": _IRI,
            "publisher_id": _IRI,
            "title": _TEXTS,
            "description": _TEXTS,
            "aus": {"type": "array", "items": _ref("Au")},
        }
    ),
    "Actor": _object({"account": _object({"homePage": _IRI, "name": {"type": "string", "minLength": 1}})}),
    "LaunchRequest": _object(
        {"actor": _ref("Actor")},
        {
            "registration": _UUID,
            "launch_mode": {"enum": ["Normal", "Browse", "Review"], "default": "Normal"},
            "return_url": {"type": "string", "format": "uri"},
        },
    ),
    "Launch": _object(
        {
            "session_id": _UUID,
            "registration": _UUID,
            "launch_url": {"type": "string", "format": "uri"},
            "launch_method": {"enum": ["OwnWindow", "AnyWindow"]},
            "launch_mode": {"enum": ["Normal", "Browse", "Review"]},
        }
    ),
    "WaiveRequest": _object({"reason": {"type": "string", "minLength": 1, "maxLength": 200}}),
    "Waived": _object(
        {
            "registration": _UUID,
            "au_index": {"type": "integer"},
            "session_id": _UUID,
            "reason": {"type": "string"},
            "satisfied": {"const": True},
            "course_satisfied": _YES_OR_NO,
        }
    ),
    "Abandoned": _object({"session_id": _UUID, "state": {"const": "abandoned"}}),
    "Registration": _object(
        {
            "registration": _UUID,
            "course_id": _UUID,
            "actor": _ref("Actor"),
            "satisfied": _YES_OR_NO,
            "aus": {
                "type": "array",
                "items": _object(
                    {
                        "index": {"type": "integer"},
                        **dict.fromkeys(("completed", "passed", "failed", "waived", "satisfied"), _YES_OR_NO),
                    },
                    {"score": {"type": "number", "description": "Scaled"}},
                ),
            },
        }
    ),
}

_BINARY: Final = {"type": "string", "format": "binary"}
_PACKAGE: Final = {
    "required": True,
    "content": {
        name: {"schema": _BINARY}
        for name in ("application/zip", "application/x-zip-compressed", "text/xml", "application/xml")
    },
}

DOCUMENT: Final[dict[str, Any]] = {
    "openapi": "3.1.0",
    "info": {
        "title": "Samverkan: courses",
        "version": "1",
        "description": "Import cmi5 packages and launch their AUs.",
    },
    "security": [{"token": []}],
    "paths": {
        "/about": {"get": {"summary": "What this is", "responses": _answers("200", "This server", _ref("About"))}},
        "/courses": {
            "post": {
                "summary": "Import a package",
                "parameters": [{"name": "filename", "in": "query", "schema": {"type": "string"}}],
                "requestBody": _PACKAGE,
                "responses": _answers("201", "Imported; Location tells where", _ref("Course"), "413", "415", "422"),
            }
        },
        "/courses/{id}": {
            "parameters": [_path("id", _UUID)],
            "get": {"summary": "A course", "responses": _answers("200", "The course", _ref("Course"), "404")},
            "delete": {
                "summary": "Delete its files, registrations and sessions; Statements stay",
                "responses": _answers("204", "Deleted", None, "404"),
            },
        },
        "/courses/{id}/aus/{index}/launch": {
            "parameters": [_path("id", _UUID), _INDEX],
            "post": {
                "summary": "Launch an AU",
                "requestBody": {"required": True, **_json(_ref("LaunchRequest"))},
                "responses": _answers("201", "Launched", _ref("Launch"), "404", "409", "422"),
            },
        },
        "/registrations/{registration}": {
            "parameters": [_path("registration", _UUID)],
            "get": {
                "summary": "How far somebody has come",
                "responses": _answers("200", "The registration", _ref("Registration"), "404"),
            },
        },
        "/registrations/{registration}/aus/{index}/waive": {
            "parameters": [_path("registration", _UUID), _INDEX],
            "post": {
                "summary": "Waive an AU",
                "requestBody": {"required": True, **_json(_ref("WaiveRequest"))},
                "responses": _answers("201", "Waived", _ref("Waived"), "404", "409", "422"),
            },
        },
        "/sessions/{session_id}/abandon": {
            "parameters": [_path("session_id", _UUID)],
            "post": {
                "summary": "Abandon a session; again changes nothing",
                "responses": _answers("200", "Abandoned", _ref("Abandoned"), "404", "409"),
            },
        },
    },
    "components": {
        "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        "schemas": _SCHEMAS,
    },
}
