"""What a person may type to get in."""

from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, HiddenField, PasswordField, StringField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length

from tracker.auth import services
from tracker.auth.passwords import SHORTEST
from tracker.i18n import _, _l

__all__ = [
    "AddressForm",
    "PasskeyForm",
    "PasskeySignInForm",
    "PasswordForm",
    "PasswordSignInForm",
    "SecondStepForm",
    "SignInForm",
    "UseLinkForm",
]

_EMAIL = {"autocomplete": "email", "inputmode": "email", "spellcheck": "false", "autocapitalize": "none"}


class AddressForm(FlaskForm):
    email = EmailField(_l("E-mail address"), render_kw=_EMAIL)

    def validate_email(self, field: EmailField) -> None:
        try:
            services.normalise_address(field.data or "")
        except services.AddressInvalid as error:
            raise ValidationError(_("Write an e-mail address, for example name@association.example")) from error


class SignInForm(AddressForm):
    keep = BooleanField(_l("Bring what I have done so far"), default=True)
    next = HiddenField()
    by_link = HiddenField()
    """Who has seen that the organisation has a sign-in of its own and wants the link all the same."""


class SecondStepForm(FlaskForm):
    code = StringField(
        _l("Code"),
        [InputRequired(_l("Write the code"))],
        render_kw={"autocomplete": "one-time-code", "spellcheck": "false", "autocapitalize": "none"},
    )
    next = HiddenField()


class PasskeySignInForm(FlaskForm):
    credential = HiddenField(validators=[InputRequired()])
    """What the browser has signed, as JSON; a script writes it."""
    keep = BooleanField(_l("Bring what I have done so far"))
    next = HiddenField()


class PasskeyForm(FlaskForm):
    name = StringField(
        _l("Name"),
        [Length(max=60, message=_l("Shorten the name to 60 characters at most"))],
        description=_l("So that you know it again, for example My phone."),
        render_kw={"autocomplete": "off"},
    )
    credential = HiddenField()
    next = HiddenField()

    def validate_name(self, _field: StringField) -> None:
        if not self.credential.data:
            raise ValidationError(_("No passkey came along. It needs JavaScript and a browser that has passkeys"))


class PasskeyNameForm(FlaskForm):
    name = StringField(
        _l("Name"),
        [
            DataRequired(_l("Write a name")),
            Length(max=60, message=_l("Shorten the name to 60 characters at most")),
        ],
        filters=[lambda typed: " ".join((typed or "").split())],
        description=_l("So that you know it again, for example My phone."),
        render_kw={"autocomplete": "off", "maxlength": False},
    )


class UseLinkForm(FlaskForm):
    keep_asked = BooleanField(_l("Bring what was done in the browser where the link was ordered"), default=True)
    keep_here = BooleanField(_l("Bring what has been done in this browser"), default=True)
    remember = BooleanField(_l("Stay signed in on this device"), default=True)


class PasswordSignInForm(AddressForm):
    email = EmailField(_l("E-mail address"), render_kw={**_EMAIL, "autocomplete": "username"})
    password = PasswordField(
        _l("Password"),
        [InputRequired(_l("Write your password"))],
        render_kw={"autocomplete": "current-password"},
    )
    keep = BooleanField(_l("Bring what I have done so far"), default=True)
    remember = BooleanField(_l("Stay signed in on this device"), default=True)
    next = HiddenField()


class PasswordForm(FlaskForm):
    current = PasswordField(_l("The password you have now"), render_kw={"autocomplete": "current-password"})
    new = PasswordField(_l("New password"), render_kw={"autocomplete": "new-password", "minlength": SHORTEST})
