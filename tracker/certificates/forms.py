"""What is typed about certificates: the name to stand on one's own, the code of somebody's."""

from flask_wtf import FlaskForm
from wtforms import Form, StringField
from wtforms.validators import Length

from tracker.i18n import _l
from tracker.learners.forms import LONGEST_NAME

__all__ = ["CodeForm", "NameForm"]


class NameForm(FlaskForm):
    name = StringField(
        _l("Name on the certificate"),
        [Length(max=LONGEST_NAME, message=_l("Write a name of at most 100 characters"))],
        render_kw={"autocomplete": "name", "maxlength": False},  # cut off without a word is worse than a message
    )


class CodeForm(Form):
    """Sent with GET: it changes nothing, so it has no token."""

    code = StringField(
        _l("Code"), render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
    )
