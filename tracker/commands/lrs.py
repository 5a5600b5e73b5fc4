"""``samverkan lrs``: credentials, and delivery to outside LRSs."""

import json
import signal
import threading

import click

from lrs_adapter.credentials import Scope, create_credential, list_credentials, revoke_credential
from tracker.clock import now
from tracker.commands.base import CommandFailed, application
from tracker.commands.lrs_data import export_statements, import_statements
from tracker.delivery import POLL_SECONDS, deliver_once, ensure_configured

__all__ = ["lrs"]


@click.group()
def lrs() -> None:
    """The LRS: credentials, delivery, import and export."""


lrs.add_command(import_statements)
lrs.add_command(export_statements)


@lrs.group()
def credential() -> None:
    """Keys that open the LRS at /xapi."""


@credential.command("create")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, type=click.Choice([scope.value for scope in Scope]), default=["all"])
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def create(name: str, scopes: tuple[str, ...], as_json: bool) -> None:
    """Make a key and a secret. The secret is shown once."""
    with application() as (app, db):
        home_page = app.extensions["samverkan.settings"].base_url + "/xapi"
        made = create_credential(db, name=name, home_page=home_page, now=now(), scopes=scopes)
        db.commit()
    if as_json:
        click.echo(json.dumps({"name": name, "key": made.key, "secret": made.secret, "scopes": sorted(scopes)}))
    else:
        click.echo(f"Key:    {made.key}\nSecret: {made.secret}\nThe secret is not shown again.")


@credential.command("list")
def list_all() -> None:
    """Every credential, with its last use."""
    with application() as (_, db):
        for one in list_credentials(db):
            state = (
                "revoked" if one.revoked else f"last used {one.last_used:%Y-%m-%d %H:%M}" if one.last_used else "unused"
            )
            click.echo(f"{one.key}  {one.name}  {' '.join(sorted(one.scopes))}  {state}")


@credential.command("revoke")
@click.argument("key")
def revoke(key: str) -> None:
    """From now on KEY opens nothing."""
    with application() as (_, db):
        found = next((one for one in list_credentials(db) if one.key == key), None)
        if found is None:
            raise CommandFailed(f"there is no credential with the key {key}")
        revoke_credential(db, found.id, now=now())
        db.commit()
    click.echo(f"{found.name} opens nothing any more.")


@lrs.command()
@click.option("--once", is_flag=True, help="One round, then stop.")
def deliver(once: bool) -> None:
    """Send what is queued to outside LRSs, until stopped."""
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    with application() as (app, _):
        ensure_configured(app)
        while True:
            done = deliver_once(app)
            if once or done.delivered or done.refused:
                click.echo(
                    f"Delivered {done.delivered}, set aside {done.refused}, waiting destinations {done.postponed}."
                )
            if once or stopping.wait(POLL_SECONDS):
                return
