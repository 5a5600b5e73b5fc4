"""What an administrator may type about an organisation's own sign-in."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from wtforms import (
    BooleanField,
    Field,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length

from tracker.admin.forms import VersionForm
from tracker.admin.provider_services import Wish
from tracker.auth.services import AddressInvalid, normalise_address
from tracker.config import is_this_machine
from tracker.i18n import _, _l
from tracker.learners.models import Organisation, StaffRole
from tracker.providers.models import EVERYBODY, Admits, IdentityProvider

__all__ = ["ProviderForm"]

_PLAIN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
_LINES = {**_PLAIN, "rows": 3}


def _strip(typed: str | None) -> str:
    return (typed or "").strip()


def _lines(typed: str | None) -> list[str]:
    """A value may hold blanks, so there is one on each line."""
    return list(dict.fromkeys(line.strip() for line in (typed or "").splitlines() if line.strip()))


class ProviderForm(VersionForm):
    name = StringField(
        _l("Name"),
        [
            DataRequired(_l("Write the name that people know the sign-in by")),
            Length(max=80, message=_l("Shorten the name to 80 characters at most")),
        ],
        filters=[lambda typed: " ".join((typed or "").split())],
        description=_l("Stands on the button on the sign-in page: Sign in with …"),
        render_kw={"autocomplete": "off"},
    )
    organisation = SelectField(
        _l("Organisation"),
        description=_l("New accounts are placed here. Roles from this sign-in hold here and in what belongs to it."),
        validate_choice=False,
    )
    issuer = StringField(
        _l("Issuer"),
        [DataRequired(_l("Write the issuer’s address, for example https://login.region.example"))],
        filters=[lambda typed: re.sub(r"/?\.well-known/openid-configuration$", "", _strip(typed))],
        description=_l("The address of the identity provider. Those who run it call it issuer."),
        render_kw={**_PLAIN, "inputmode": "url"},
    )
    client_id = StringField(_l("Client id"), [DataRequired(_l("Write the client id"))], [_strip], render_kw=_PLAIN)
    secret = PasswordField(_l("Client secret"), render_kw={"autocomplete": "off"})
    domains = TextAreaField(
        _l("Mail domains"),
        description=_l("One on each line, for example region.example. Only people with such an address come in."),
        render_kw=_LINES,
    )
    vouches = BooleanField(
        _l("The addresses are right though it does not say email_verified"),
        description=_l(
            "For Entra ID and AD FS, which leave it out. Ask that nobody there can choose an address freely."
        ),
    )
    admits = RadioField(
        _l("Who gets in?"),
        choices=[
            SelectChoice(Admits.INVITED.value, _l("Only people who have an account here already")),
            SelectChoice(Admits.EVERYBODY.value, _l("Everybody: an account is made at the first sign-in")),
        ],
        default=Admits.INVITED.value,
        validate_choice=False,
    )
    scopes = StringField(
        _l("What is asked for (scope)"),
        filters=[lambda typed: " ".join((typed or "").split())],
        default="openid email",
        description=_l("openid and email are enough. Add groups or another one if roles come by it."),
        render_kw=_PLAIN,
    )
    role_claim = StringField(
        _l("Where roles are told (claim)"),
        filters=[_strip],
        description=_l("For example groups. Leave it empty if all roles are given here, by hand."),
        render_kw=_PLAIN,
    )
    gives_reader = TextAreaField(
        _l("Values that let somebody read reports"), description=_l("One on each line."), render_kw=_LINES
    )
    gives_responsible = TextAreaField(
        _l("Values that make somebody responsible for the organisation"),
        description=_l("One on each line."),
        render_kw=_LINES,
    )
    may_administer = BooleanField(
        _l("It may make somebody administrator of everything"),
        description=_l("Whoever runs it can then see and change all that is here. Leave it out if you are unsure."),
    )
    gives_administrator = TextAreaField(
        _l("Values that make somebody administrator"), description=_l("One on each line."), render_kw=_LINES
    )
    everybody_shows = TextAreaField(
        _l("Demanded of everybody"),
        description=_l("acr or amr, one on each line: one of them is enough. Empty: nothing is demanded."),
        render_kw=_LINES,
    )
    reader_shows = TextAreaField(_l("Demanded of those who read reports"), render_kw=_LINES)
    responsible_shows = TextAreaField(
        _l("Demanded of those responsible for an organisation"),
        description=_l("Whoever has shown one of them needs no code from an app. Empty: the code is always asked for."),
        render_kw=_LINES,
    )
    administrator_shows = TextAreaField(_l("Demanded of administrators"), render_kw=_LINES)
    is_open = BooleanField(
        _l("Offer it on the sign-in page"), description=_l("Save without it first, and test that it answers.")
    )

    def __init__(self, known: IdentityProvider | None, organisations: Iterable[Organisation]) -> None:
        """``known``: the one that is to be changed, which keeps its secret when none is written."""
        super().__init__(data=_data_of(known) if known is not None else None)
        self.known = known
        self.organisation.choices = [
            ("", _("Choose an organisation")),
            *((str(one.id), one.name) for one in organisations),
        ]

    def validate_organisation(self, field: Field) -> None:
        if not field.data or field.data not in {value for value, _label in field.choices}:
            raise ValidationError(_("Choose the organisation whose sign-in it is"))

    def validate_issuer(self, field: Field) -> None:
        try:
            parts = urlsplit(field.data)
            port = parts.port
        except ValueError:
            port = 0
        if port == 0 or not parts.hostname or re.search(r"\s", field.data) or parts.scheme not in {"https", "http"}:
            raise ValidationError(_("Write the whole address, beginning with https://"))
        if parts.username or parts.query or parts.fragment:
            raise ValidationError(_("Write only the address, without anything after a question mark"))
        if parts.scheme == "http" and not is_this_machine(parts.hostname):
            raise ValidationError(_("An address that begins with http:// can be read by others. Use https://"))

    def validate_secret(self, field: Field) -> None:
        if field.data:
            return
        if self.known is None:
            raise ValidationError(_("Write the secret"))
        if (self.issuer.data, self.client_id.data) != (self.known.issuer, self.known.client_id):
            # What was entrusted to one address is not sent to another without somebody saying so.
            raise ValidationError(_("Write the secret again, since the issuer or the client id is another"))

    def validate_domains(self, field: Field) -> None:
        if not _lines(field.data):
            raise ValidationError(_("Write at least one mail domain"))
        for line in _lines(field.data):
            try:
                _domain(line)
            except AddressInvalid as error:
                raise ValidationError(_("“%(typed)s” is not a mail domain", typed=line[:80])) from error

    def validate_admits(self, field: Field) -> None:
        if field.data not in set(Admits):
            raise ValidationError(_("Choose one from the list"))

    def validate_scopes(self, field: Field) -> None:
        if "openid" not in (field.data or "").split():
            raise ValidationError(_("openid has to be among them"))

    def validate_role_claim(self, field: Field) -> None:
        if not field.data and any(_lines(one.data) for one in self._gives.values()):
            raise ValidationError(_("Write where the roles are told, or take away the values that give roles"))

    def validate_gives_administrator(self, field: Field) -> None:
        if _lines(field.data) and not self.may_administer.data:
            raise ValidationError(_("Tick that it may make somebody administrator, or take these values away"))

    @property
    def _gives(self) -> dict[str, Field]:
        return {
            StaffRole.REPORT_READER.value: self.gives_reader,
            StaffRole.ORGANISATION_ADMINISTRATOR.value: self.gives_responsible,
            StaffRole.ADMINISTRATOR.value: self.gives_administrator,
        }

    @property
    def _shows(self) -> dict[str, Field]:
        return {
            EVERYBODY: self.everybody_shows,
            StaffRole.REPORT_READER.value: self.reader_shows,
            StaffRole.ORGANISATION_ADMINISTRATOR.value: self.responsible_shows,
            StaffRole.ADMINISTRATOR.value: self.administrator_shows,
        }

    @property
    def wish(self) -> Wish:
        return Wish(
            name=self.name.data,
            issuer=self.issuer.data,
            client_id=self.client_id.data,
            secret=self.secret.data or None,
            organisation_id=int(self.organisation.data),
            domains={_domain(line) for line in _lines(self.domains.data)},
            admits=Admits(self.admits.data),
            vouches=self.vouches.data,
            scopes=self.scopes.data,
            role_claim=self.role_claim.data or None,
            role_values={role: _lines(one.data) for role, one in self._gives.items() if _lines(one.data)},
            may_administer=self.may_administer.data,
            assurance={who: _lines(one.data) for who, one in self._shows.items() if _lines(one.data)},
            is_open=self.is_open.data,
        )


def _domain(typed: str) -> str:
    """As it stands in addresses that are stored. :raises AddressInvalid:"""
    return normalise_address(f"x@{typed.removeprefix('@')}").rpartition("@")[2]


def _data_of(known: IdentityProvider) -> dict[str, object]:
    def lines(values: dict[str, list[str]], name: str) -> str:
        return "\n".join(values.get(name, ()))

    return {
        "version": known.version,
        "name": known.name,
        "organisation": str(known.organisation_id),
        "issuer": known.issuer,
        "client_id": known.client_id,
        "domains": "\n".join(one.domain for one in known.domains),
        "vouches": known.vouches,
        "admits": known.admits.value,
        "scopes": known.scopes,
        "role_claim": known.role_claim or "",
        "gives_reader": lines(known.role_values, StaffRole.REPORT_READER),
        "gives_responsible": lines(known.role_values, StaffRole.ORGANISATION_ADMINISTRATOR),
        "may_administer": known.may_administer,
        "gives_administrator": lines(known.role_values, StaffRole.ADMINISTRATOR),
        "everybody_shows": lines(known.assurance, EVERYBODY),
        "reader_shows": lines(known.assurance, StaffRole.REPORT_READER),
        "responsible_shows": lines(known.assurance, StaffRole.ORGANISATION_ADMINISTRATOR),
        "administrator_shows": lines(known.assurance, StaffRole.ADMINISTRATOR),
        "is_open": known.is_open,
    }
