"""Slips of paper with personal codes, for members who have no account."""

import uuid
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import SelectMultipleField
from wtforms.validators import DataRequired
from wtforms.widgets import CheckboxInput, ListWidget

from tracker import limits
from tracker.certificates.words import qr_svg
from tracker.clock import now
from tracker.config import Settings
from tracker.content import current_course
from tracker.db import db
from tracker.groups.claiming import Slip, can_claim, new_codes
from tracker.groups.models import Group, Member
from tracker.groups.papers_views import PDFS, file_name, private_file
from tracker.groups.views import facilitated
from tracker.i18n import PREFIX, _, _l, current_language
from tracker.paper.typesetting import PAPERS, pdf
from tracker.permissions import Role, allow

bp = Blueprint("groups_slips", __name__, url_prefix=PREFIX)


class SlipsForm(FlaskForm):
    members = SelectMultipleField(
        _l("Who gets a slip"),
        [DataRequired(_l("Choose at least one member"))],
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )


@dataclass(frozen=True)
class _Place:
    site: str
    address: str
    publisher: str


def _without_account(group: Group) -> list[Member]:
    return [one for one in group.members if one.removed_at is None and one.approved_at is not None and can_claim(one)]


@bp.route("/groups/<uuid:group_id>/slips", methods=["GET", "POST"])
@allow(Role.LEARNER)
def slips(group_id: uuid.UUID) -> ResponseReturnValue:
    """The answer to the form is the paper itself: the codes are shown once and kept nowhere."""
    group = facilitated(group_id, also_ended=True)
    members = _without_account(group)
    form = SlipsForm(members=[one.id for one in members])
    form.members.choices = [(one.id, one.name or _("Member without a name")) for one in members]
    if not form.validate_on_submit():
        return render_template(
            "groups/slips.html", group=group, form=form, members=members
        ), 422 if form.errors else 200
    limits.count(PDFS, "slips as pdf")
    settings: Settings = current_app.extensions["samverkan.settings"]
    made = new_codes(db.session, group, secret=settings.secret_key, members=form.members.data)
    place = _Place(current_course().info.title[current_language()], f"{settings.base_url}/claim", settings.publisher)
    paper = _paper(group, made, place)
    db.session.commit()
    word = _("slips")
    return private_file(paper, f"{file_name(word, group.name)}.pdf", "application/pdf")


def _paper(group: Group, slips: list[Slip], place: _Place) -> bytes:
    today = now().date()
    data = {
        "title": _("Personal codes: %(name)s", name=group.name),
        "publisher": place.publisher,
        "language": current_language(),
        "date": {"year": today.year, "month": today.month, "day": today.day},
        "site": place.site,
        "group": group.name,
        "words": {
            "heading": _("Your personal code"),
            "why": _("With it you take over what you have done in the group, go on alone and fetch your certificate."),
            "where": _("Point the camera at the square, or write the code at"),
            "once": _("The code works once. Keep it to yourself."),
            "qr": _("QR code that leads to the page where the code is used"),
        },
        "shown_address": urlsplit(place.address).netloc + urlsplit(place.address).path,
        "slips": [
            {
                "name": slip.name or "",
                "code": slip.code,
                "address": f"{place.address}/{slip.code}",
                "qr": qr_svg(f"{place.address}/{slip.code}"),
            }
            for slip in slips
        ],
    }
    return pdf(PAPERS / "slips.typ", data)
