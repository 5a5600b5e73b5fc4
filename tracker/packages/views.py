"""The administrator's page for packages."""

from typing import cast

from flask import Blueprint, Flask, Response, current_app, render_template, request
from flask.typing import ResponseReturnValue

from course.check import check
from course.exporters import House, export, file_name
from course.faults import Fault, errors_in
from tracker.clock import now
from tracker.config import Settings
from tracker.content import current_course
from tracker.i18n import PREFIX
from tracker.packages.forms import PackageForm
from tracker.packages.wording import FORMATS
from tracker.permissions import Role, allow

bp = Blueprint("packages", __name__, url_prefix=PREFIX)


def init_app(app: Flask, house: House) -> None:
    app.extensions["samverkan.house"] = house


@bp.get("/admin/packages")
@allow(Role.ADMINISTRATOR)
def choose() -> str:
    return _page(PackageForm(current_course(), request.args))


@bp.get("/admin/packages.zip")
@allow(Role.ADMINISTRATOR)
def download() -> ResponseReturnValue:
    """The package, or the form again with what is wrong: in the choices, or in the course itself."""
    form = PackageForm(current_course(), request.args)
    if not form.validate():
        return _page(form), 422
    settings: Settings = current_app.extensions["samverkan.settings"]
    faults = errors_in(check(settings.course, today=now().date()))
    if faults:
        return _page(form, faults), 422
    chosen, format_ = form.chosen
    package = export(chosen, format_, cast("House", current_app.extensions["samverkan.house"]))
    name = file_name(chosen, format_)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(package, content_type="application/zip", headers=headers)


def _page(form: PackageForm, faults: tuple[Fault, ...] = ()) -> str:
    explained = {one.value: words for one, words in FORMATS.items()}
    return render_template("packages/choose.html", form=form, explained=explained, faults=faults)
