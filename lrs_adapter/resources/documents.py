"""The State, Activity Profile and Agent Profile resources (xAPI 1.0.3 Communication 2.2, 2.3, 2.6, 2.7)."""

from dataclasses import dataclass
from email.utils import format_datetime
from uuid import UUID

import orjson

from lrs_adapter.credentials import Scope as Permission
from lrs_adapter.documents import (
    Conditions,
    Kind,
    Scope,
    delete_document,
    delete_documents,
    get_document,
    list_documents,
    merge_document,
    put_document,
)
from lrs_adapter.errors import Forbidden, TooLarge
from lrs_adapter.identity import agent_key, iri_key
from lrs_adapter.jsontext import parse
from lrs_adapter.models import DocumentRow
from lrs_adapter.resources.answer import Answer
from lrs_adapter.resources.call import BadRequest, Call, DocumentRequest


@dataclass(frozen=True, slots=True)
class Documents:
    """One of the three resources; they differ in what a document belongs to and in what a change must name."""

    kind: Kind
    permission: Permission
    id_name: str
    by_activity: bool = False
    by_agent: bool = False
    by_registration: bool = False

    def put(self, call: Call) -> Answer:
        scope = self._scope(call, self.id_name, write=True)
        put_document(
            call.db,
            scope,
            call.text(self.id_name),
            content=self._content(call),
            content_type=call.content_type or "application/octet-stream",
            conditions=_conditions(call),
            # In xAPI 1.0.3 a State may be overwritten blindly; in 2.0 no document may (Concurrency).
            must_know=call.version_2 or self.kind is not Kind.STATE,
            required=not call.version_2 and self.kind is not Kind.STATE,
            now=call.now,
        )
        return Answer(status=204)

    def post(self, call: Call) -> Answer:
        scope = self._scope(call, self.id_name, write=True)
        merge_document(
            call.db,
            scope,
            call.text(self.id_name),
            content=self._content(call),
            content_type=call.content_type or "application/octet-stream",
            conditions=_conditions(call),
            now=call.now,
        )
        return Answer(status=204)

    def delete(self, call: Call) -> Answer:
        scope = self._scope(call, self.id_name, write=True)
        if self.id_name in call.parameters:
            delete_document(call.db, scope, call.text(self.id_name), conditions=_conditions(call))
        elif self.kind is Kind.STATE:
            delete_documents(call.db, scope)
        else:
            call.text(self.id_name)
        return Answer(status=204)

    def get(self, call: Call) -> Answer:
        if self.id_name not in call.parameters:
            return self._get_ids(call)
        scope = self._scope(call, self.id_name, write=False)
        document = get_document(call.db, scope, call.text(self.id_name))
        response = self._answer(document)
        if call.sessions is not None:
            # In a transaction that begins with writing; this one has read.
            call.close()
            call.sessions.has_read(call.db, call.who, self._request(call), call.now)
            call.commit()
        return response

    def _answer(self, document: DocumentRow | None) -> Answer:
        if document is None:
            return Answer(b'{"error":"There is no such document"}', 404, content_type="application/json")
        response = Answer(document.content, content_type=document.content_type)
        response.headers["ETag"] = f'"{document.etag}"'
        response.headers["Last-Modified"] = format_datetime(document.updated, usegmt=True)
        # A document may hold anything; opened by itself in a browser it must not act as a page of this site.
        response.headers["Content-Security-Policy"] = "sandbox"
        return response

    def _get_ids(self, call: Call) -> Answer:
        scope = self._scope(call, "since", write=False)
        found = list_documents(call.db, scope, since=call.moment("since"))
        response = Answer(orjson.dumps([name for name, _ in found]), content_type="application/json")
        if found:
            response.headers["Last-Modified"] = format_datetime(found[-1][1], usegmt=True)
        return response

    def _scope(self, call: Call, further: str, *, write: bool) -> Scope:
        call.allow(self.permission, *(() if write else (Permission.ALL_READ,)))
        known = {"activityId": self.by_activity, "agent": self.by_agent, "registration": self.by_registration}
        call.only(further, *(name for name, used in known.items() if used))
        activity = agent = None
        if self.by_activity:
            call.text("activityId")
            activity = call.iri("activityId")
        if self.by_agent:
            call.text("agent")
            if (found := call.agent("agent")) is None or (agent := agent_key(found)) is None:
                raise BadRequest("The parameter 'agent' is an Agent or an identified Group (Communication 2.2)")
        registration = call.uuid("registration") if self.by_registration else None
        if call.sessions is not None:
            call.sessions.document(call.db, call.who, self._request(call))
        self._check_binding(call, activity, agent, registration, write=write)
        return Scope(self.kind, iri_key(activity) if activity else None, agent, registration)

    def _request(self, call: Call) -> DocumentRequest:
        return DocumentRequest(
            kind=self.kind,
            method=call.method,
            document_id=call.parameters.get(self.id_name),
            activity_id=call.parameters.get("activityId"),
            agent=call.agent("agent"),
            registration=call.uuid("registration") if self.by_registration else None,
            media_type=call.media_type,
            content=call.body,
        )

    def _check_binding(
        self, call: Call, activity: str | None, agent: UUID | None, registration: UUID | None, *, write: bool
    ) -> None:
        binding = call.who.binding
        if activity is not None and binding.activity_id not in (None, activity):
            raise Forbidden("activityId: this credential is for another Activity")
        if agent is not None and binding.actor is not None and agent != agent_key(binding.actor):
            raise Forbidden("agent: this credential is for another Actor")
        if self.by_registration and binding.registration not in (None, registration):
            raise Forbidden("registration: this credential is for another registration")
        if write and self.kind is Kind.ACTIVITY_PROFILE and binding:
            raise Forbidden("A credential made for one session doesn't change what all sessions share")

    def _content(self, call: Call) -> bytes:
        if len(call.body) > call.limits.document:
            raise TooLarge(f"The document has {len(call.body)} bytes, and this LRS takes {call.limits.document}")
        if call.media_type == "application/json":
            parse(call.body, "document", max_depth=call.limits.depth)
        return call.body


STATE = Documents(Kind.STATE, Permission.STATE, "stateId", by_activity=True, by_agent=True, by_registration=True)
ACTIVITY_PROFILE = Documents(Kind.ACTIVITY_PROFILE, Permission.PROFILE, "profileId", by_activity=True)
AGENT_PROFILE = Documents(Kind.AGENT_PROFILE, Permission.PROFILE, "profileId", by_agent=True)


def _conditions(call: Call) -> Conditions:
    return Conditions(call.headers.get("if-match"), call.headers.get("if-none-match"))
