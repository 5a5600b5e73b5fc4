"""``samverkan user``."""

import click

from tracker.audit import services as audit
from tracker.audit.models import Action
from tracker.auth import second_step
from tracker.auth.services import (
    AddressInvalid,
    account_of,
    create_administrator,
    normalise_address,
    sign_out_everywhere,
)
from tracker.clock import now
from tracker.commands.base import CommandFailed, application

__all__ = ["user"]


@click.group()
def user() -> None:
    """People."""


@user.command("create-admin")
@click.argument("email")
def create_admin(email: str) -> None:
    """Make EMAIL an administrator. She or he signs in with a link by mail, and then chooses an app for codes."""
    with application() as (_, db):
        try:
            made = create_administrator(db, email, now=now())
        except AddressInvalid as error:
            raise CommandFailed(f'"{email}" is not an e-mail address: {error}') from error
        audit.note(db, Action.ADMINISTRATOR_MADE, by=None, now=now(), subject=made)
        db.commit()
        click.echo(f"{made.email} is an administrator.")


@user.command("reset-second-step")
@click.argument("email")
def reset_second_step(email: str) -> None:
    """For EMAIL who has lost phone and recovery codes. Signs out everywhere; an app is chosen at the next sign-in."""
    with application() as (_, db):
        try:
            account = account_of(db, normalise_address(email))
        except AddressInvalid as error:
            raise CommandFailed(f'"{email}" is not an e-mail address: {error}') from error
        if account is None:
            raise CommandFailed(f"nobody has the address {email}")
        second_step.remove(db, account)
        sign_out_everywhere(db, account)
        audit.note(db, Action.SECOND_STEP_REMOVED, by=None, now=now(), subject=account)
        db.commit()
    click.echo(f"{email} chooses an app at the next sign-in.")
