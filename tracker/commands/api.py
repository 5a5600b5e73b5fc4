"""``samverkan api``: tokens for other systems."""

import json

import click

from tracker.api.tokens import TokenScope, create_token, list_tokens, revoke_token
from tracker.audit import services as audit
from tracker.audit.models import Action
from tracker.clock import now
from tracker.commands.base import CommandFailed, application

__all__ = ["api"]


@click.group()
def api() -> None:
    """The API at /api/v1."""


@api.group()
def token() -> None:
    """Tokens that open the API."""


@token.command("create")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice([each.value for each in TokenScope]))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def create(name: str, scopes: tuple[str, ...], as_json: bool) -> None:
    """Make a token. It is shown once."""
    with application() as (_, db):
        row, secret = create_token(db, name=name, scopes=[TokenScope(one) for one in scopes], now=now())
        audit.note(
            db,
            Action.KEY_MADE,
            by=None,
            now=now(),
            target=f"token:{row.id}",
            details={"scopes": "+".join(sorted(scopes))},
        )
        db.commit()
        if as_json:
            click.echo(json.dumps({"id": str(row.id), "name": name, "token": secret, "scopes": row.scopes.split()}))
        else:
            click.echo(f"Token: {secret}\nIt is not shown again.")


@token.command("list")
def list_all() -> None:
    """Every token, with its last use."""
    with application() as (_, db):
        for one in list_tokens(db):
            state = (
                "revoked"
                if one.revoked_at
                else f"last used {one.last_used_on:%Y-%m-%d}"
                if one.last_used_on
                else "unused"
            )
            click.echo(f"{one.id}  {one.name}  {one.scopes}  {state}")


@token.command("revoke")
@click.argument("token_id", type=click.UUID)
def revoke(token_id: object) -> None:
    """From now on the token with this id (see list) opens nothing."""
    with application() as (_, db):
        found = next((one for one in list_tokens(db) if one.id == token_id), None)
        if found is None:
            raise CommandFailed(f"there is no token with the id {token_id}")
        revoke_token(db, found, now=now())
        audit.note(db, Action.KEY_REVOKED, by=None, now=now(), target=f"token:{found.id}")
        db.commit()
        click.echo(f"{found.name} opens nothing any more.")
