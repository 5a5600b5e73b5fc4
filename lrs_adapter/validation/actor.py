"""Agents and Groups (xAPI 1.0.3 Data 2.4.2)."""

from typing import Any, Final

from lrs_adapter.validation.primitives import (
    fail,
    only_known,
    require_array,
    require_iri,
    require_mailto,
    require_object,
    require_sha1,
    require_string,
)

_IFIS: Final = ("account", "mbox", "mbox_sha1sum", "openid")
_AGENT: Final = frozenset({"objectType", "name", *_IFIS})
_GROUP: Final = frozenset({*_AGENT, "member"})
_ACCOUNT: Final = frozenset({"homePage", "name"})


def validate_actor(value: Any, place: str) -> None:
    actor = require_object(value, place)
    if actor.get("objectType") == "Group":
        validate_group(actor, place)
    else:
        validate_agent(actor, place)


def validate_agent(value: Any, place: str) -> None:
    agent = require_object(value, place)
    if "objectType" in agent and agent["objectType"] != "Agent":
        fail(f"{place}.objectType", "must be 'Agent' or, where a Group may stand, 'Group'", "Data 2.4.2")
    only_known(agent, _AGENT, place)
    if "name" in agent:
        require_string(agent["name"], f"{place}.name")
    if _ifi(agent, place) != 1:
        fail(place, "an Agent has exactly one IFI", "Data 2.4.2.1")


def validate_group(value: Any, place: str) -> None:
    group = require_object(value, place)
    if group.get("objectType") != "Group":
        fail(f"{place}.objectType", "must be 'Group'", "Data 2.4.2.2")
    only_known(group, _GROUP, place)
    if "name" in group:
        require_string(group["name"], f"{place}.name")
    identifiers = _ifi(group, place)
    if identifiers > 1:
        fail(place, "a Group has at most one IFI", "Data 2.4.2.2")
    if "member" in group:
        members = require_array(group["member"], f"{place}.member")
        for number, member in enumerate(members):
            validate_agent(member, f"{place}.member[{number}]")
        if not identifiers and not members:
            fail(f"{place}.member", "an anonymous Group names its members", "Data 2.4.2.2")
    elif not identifiers:
        fail(place, "a Group has an IFI or a list of members", "Data 2.4.2.2")


def validate_authority(value: Any, place: str) -> None:
    """An Agent, or the Group of exactly two Agents that stands for application and user (Data 2.4.9)."""
    validate_actor(value, place)
    if value.get("objectType") == "Group":
        if _ifi(value, place):
            fail(place, "an authority that is a Group has no IFI of its own", "Data 2.4.9")
        if len(value.get("member", ())) != 2:
            fail(f"{place}.member", "an authority that is a Group has exactly two members", "Data 2.4.9")


def _ifi(actor: dict[str, Any], place: str) -> int:
    count = 0
    if "account" in actor:
        count += 1
        account = require_object(actor["account"], f"{place}.account")
        only_known(account, _ACCOUNT, f"{place}.account")
        if len(account) != 2:
            fail(f"{place}.account", "an account has 'homePage' and 'name'", "Data 2.4.2.4")
        require_iri(account["homePage"], f"{place}.account.homePage")
        require_string(account["name"], f"{place}.account.name")
    if "mbox" in actor:
        count += 1
        require_mailto(actor["mbox"], f"{place}.mbox")
    if "mbox_sha1sum" in actor:
        count += 1
        require_sha1(actor["mbox_sha1sum"], f"{place}.mbox_sha1sum")
    if "openid" in actor:
        count += 1
        require_iri(actor["openid"], f"{place}.openid")
    return count
