"""The Agents resource (xAPI 1.0.3 Communication 2.4): a Person, with every name that came with this identifier."""

import orjson
from sqlalchemy import select

from lrs_adapter.credentials import Scope
from lrs_adapter.errors import Forbidden
from lrs_adapter.identity import agent_key
from lrs_adapter.models import AgentNameRow
from lrs_adapter.resources.answer import Answer
from lrs_adapter.resources.call import BadRequest, Call

_IFIS = ("account", "mbox", "mbox_sha1sum", "openid")


def get(call: Call) -> Answer:
    call.allow(Scope.ALL_READ, Scope.STATEMENTS_READ, Scope.STATEMENTS_READ_MINE, Scope.PROFILE, Scope.STATE)
    call.only("agent")
    call.text("agent")
    agent = call.agent("agent")
    if agent is None or agent.get("objectType") == "Group" or (key := agent_key(agent)) is None:
        raise BadRequest("The parameter 'agent' is an Agent (xAPI 1.0.3 Communication 2.4)")
    if (bound := call.who.binding.actor) is not None and agent_key(bound) != key:
        raise Forbidden("agent: this credential is for another Actor")
    names = set(call.db.scalars(select(AgentNameRow.name).where(AgentNameRow.agent_key == key)))
    if "name" in agent:
        names.add(agent["name"])
    person = {"objectType": "Person", **{name: [agent[name]] for name in _IFIS if name in agent}}
    if names:
        person["name"] = sorted(names)
    return Answer(orjson.dumps(person), content_type="application/json")
