"""``samverkan user``."""

import click
from email_validator import EmailNotValidError, validate_email

from tracker.auth.services import create_administrator
from tracker.clock import now
from tracker.commands.base import CommandFailed, application

__all__ = ["user"]


@click.group()
def user() -> None:
    """People."""


@user.command("create-admin")
@click.argument("email")
def create_admin(email: str) -> None:
    """Make EMAIL an administrator. She or he signs in with a link by mail."""
    try:
        address = validate_email(email, check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise CommandFailed(f'"{email}" is not an e-mail address: {error}') from error
    with application() as (_, db):
        create_administrator(db, address, now=now())
        db.commit()
    click.echo(f"{address} is an administrator.")
