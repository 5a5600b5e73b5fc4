"""``samverkan``: the command line. Exit status 0, or not 0 with one clear line on stderr."""

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import click
from sqlalchemy.exc import DatabaseError, OperationalError

from course.loader import CourseFaulty
from tracker.commands.api import api
from tracker.commands.audit import audit
from tracker.commands.base import CommandFailed
from tracker.commands.content import course
from tracker.commands.lrs import lrs
from tracker.commands.people import user
from tracker.commands.privacy import privacy
from tracker.commands.progress import progress
from tracker.commands.reports import report
from tracker.commands.server import db, demo, serve
from tracker.config import WrongSetting

__all__ = ["main", "samverkan"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="samverkan", prog_name="samverkan")
def samverkan() -> None:
    """A web course and tracker for cooperation between the public sector and civil society."""


for command in (serve, db, demo, user, course, lrs, api, audit, privacy, progress, report):
    samverkan.add_command(command)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """``arguments``: instead of those that the program was started with."""
    try:
        status = samverkan(arguments, prog_name="samverkan", standalone_mode=False)
        sys.stdout.flush()
        sys.exit(status)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(error.exit_code)
    except click.UsageError as error:
        help_for = f" ({error.ctx.command_path} --help)" if error.ctx else ""
        _fail(f"{error.format_message()}{help_for}", error.exit_code)
    except click.ClickException as error:
        _fail(error.format_message(), error.exit_code)
    except click.Abort:
        _fail("stopped")
    except (WrongSetting, CommandFailed, CourseFaulty) as error:
        _fail(str(error))
    except BrokenPipeError:
        # Python would complain once more when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _fail("the reader of the output went away")
    except DatabaseError as error:
        # Other kinds of it are faults of ours, which show where they are.
        if type(error) not in (DatabaseError, OperationalError):
            raise
        _fail(f"the database does not answer: {error.orig}".splitlines()[0])


def _fail(why: str, status: int = 1) -> NoReturn:
    click.echo(f"samverkan: {' '.join(why.split())}", err=True)
    sys.exit(status)
