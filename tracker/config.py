"""Settings: read once from the environment (and a ``.env`` file), checked, frozen."""

import ipaddress
import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import limits
from dotenv import dotenv_values
from email_validator import EmailNotValidError, validate_email
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from lrs_adapter.resources import Limits

__all__ = ["OidcSettings", "Settings", "WrongSetting", "is_this_machine", "read_settings"]


class WrongSetting(Exception):
    """A setting is wrong. The message names it and says what is allowed; the start stops there."""

    def __init__(self, name: str, allowed: str) -> None:
        super().__init__(f"{name}: {allowed}")


@dataclass(frozen=True)
class OidcSettings:
    """One organisation's own sign-in (OpenID Connect) from the start."""

    issuer: str
    client_id: str
    secret: str
    organisation: str
    domains: tuple[str, ...]


@dataclass(frozen=True)
class Settings:
    database_url: str
    secret_key: str
    base_url: str
    mail_url: str | None
    """``smtp://[user:password@]host[:port]`` or ``smtps://…``. None: mails are written to ``instance/mail``."""
    mail_from: str
    instance: Path
    demo: bool
    """A demonstration or development start: shows the mails that would have been sent, and demo sign-ins."""
    lrs_endpoint: str | None
    lrs_key: str
    lrs_secret: str
    course: Path | None
    """Folder of another course than the one that comes with the program."""
    contact_email: str
    publisher: str
    """Who answers for the site, as named on the accessibility and privacy pages."""
    metrics_token: str | None
    """What a monitoring system on another machine shows at ``/metrics``. None: only this machine may read it."""

    lrs_limits: Limits = Limits()  # noqa: RUF009  # frozen, so one for all is safe
    lrs_rate: str | None = None
    """How often one credential may ask the LRS for something, such as ``100/second``. None: as often as it likes."""
    content_url: str | None = None
    """Another host name of this server, for courses made by others. None: they are served from the pages' own, in a
    sandbox."""
    packages: Path | None = None
    """Where their files lie. None: in ``instance/packages``. Several nodes need a folder that they share."""
    package_size: int = 500_000_000
    """The most bytes that a package may have."""
    report_least: int = 5
    """Reports never show fewer people than this by themselves."""
    oidc: OidcSettings | None = None
    backups: Path | None = None
    """A file, or a folder of files, that every backup makes new. None: nobody has said."""
    protocol: Path | None = None
    """Where what must outlive a restored backup is written. None: in ``instance/protocol``. Several nodes share it."""
    trusted_proxies: int = 0
    """How many proxies of ours stand before the server and tell in ``X-Forwarded-For`` who is asking."""

    @property
    def package_folder(self) -> Path:
        return self.packages or self.instance / "packages"

    @property
    def protocol_folder(self) -> Path:
        return self.protocol or self.instance / "protocol"

    @property
    def secure(self) -> bool:
        return self.base_url.startswith("https://")


def _yes_or_no(name: str, value: str) -> bool:
    if value.lower() in {"1", "yes", "true", "on"}:
        return True
    if value.lower() in {"", "0", "no", "false", "off"}:
        return False
    raise WrongSetting(name, f'"{value}" is neither yes nor no. Write 1 or 0')


def _url(name: str, value: str, schemes: tuple[str, ...]) -> str:
    try:
        parts = urlsplit(value)
        whole = parts.scheme in schemes and parts.hostname and parts.port != 0 and not re.search(r"[\s\0-\x1f]", value)
    except ValueError:
        whole = False
    if not whole:
        raise WrongSetting(name, f"is not an address that starts with {' or '.join(s + '://' for s in schemes)}")
    return value


def _host_url(name: str, value: str) -> str:
    """Scheme and host only, in small letters, as browsers write them."""
    url = _url(name, value, ("http", "https")).rstrip("/").lower()
    parts = urlsplit(url)
    if url != f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}":
        raise WrongSetting(name, "is an address with nothing behind the host name, and no name before it")
    return url


def _database_url(value: str, instance: Path) -> str:
    if not value:
        return f"sqlite:///{(instance / 'samverkan.sqlite').absolute()}"
    name = "SAMVERKAN_DATABASE_URL"
    if value.startswith(("postgres://", "postgresql://")):
        value = "postgresql+psycopg://" + value.split("://", 1)[1]
    if not value.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise WrongSetting(name, "starts with sqlite:/// or postgresql://")
    try:
        url = make_url(value)
    except (ArgumentError, ValueError):
        raise WrongSetting(name, "is sqlite:////path/to/file or postgresql://user:password@host:port/name") from None
    if url.drivername == "sqlite" and url.database in (None, "", ":memory:"):
        raise WrongSetting(name, "names a file, as sqlite:////path/to/file: what is only in memory is lost")
    return value


def _folder(name: str, value: str) -> Path:
    """It is made when it is not there, and nobody else on the machine reads in it then."""
    folder = Path(value).absolute()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise WrongSetting(name, f"is a folder; {folder} cannot be one: {error.strerror}") from None
    return folder


def _secret_key(given: str, instance: Path) -> str:
    name = "SAMVERKAN_SECRET_KEY"
    if given:
        if len(given) < 32:
            raise WrongSetting(name, "has at least 32 characters")
        return given
    kept, new = instance / "secret_key", instance / f"secret_key.{secrets.token_hex(8)}"
    try:
        if not kept.exists():
            with open(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:  # noqa: PTH123
                file.write(secrets.token_urlsafe(48))
            try:
                # Two processes that start at once agree on one key, and neither reads half of it.
                os.link(new, kept)
            except FileExistsError:
                pass
            finally:
                new.unlink()
        key = kept.read_text().strip()
    except OSError as error:
        raise WrongSetting(name, f"is not given, and {kept} cannot be made or read: {error.strerror}") from None
    if len(key) < 32:
        raise WrongSetting(name, f"is not given, and {kept} holds no key of at least 32 characters")
    return key


def _whole_number(name: str, value: str, least: int, most: int) -> int:
    # More digits than these are no number that anybody means, and take Python long to read.
    if not (value.isascii() and value.isdecimal() and len(value) <= 12 and least <= int(value) <= most):
        raise WrongSetting(name, f"is a whole number from {least} to {most}")
    return int(value)


_LRS_LIMITS = {
    "LRS_MAX_BODY": ("body", 1_000, 1_000_000_000),
    "LRS_MAX_BATCH": ("batch", 1, 100_000),
    "LRS_MAX_DEPTH": ("depth", 10, 500),
    "LRS_MAX_ATTACHMENT": ("part", 1_000, 1_000_000_000),
    "LRS_MAX_DOCUMENT": ("document", 1_000, 1_000_000_000),
    "LRS_PAGE": ("page", 1, 10_000),
}
"""Setting: the limit that it sets, the least and the most that it can be."""


def _lrs_limits(get: Callable[[str], str]) -> Limits:
    given: dict[str, int] = {}
    for name, (limit, least, most) in _LRS_LIMITS.items():
        if value := get(name):
            given[limit] = _whole_number(f"SAMVERKAN_{name}", value, least, most)
    chosen = replace(Limits(), **given)
    for name, size in (("LRS_MAX_ATTACHMENT", chosen.part), ("LRS_MAX_DOCUMENT", chosen.document)):
        if size > chosen.body and get(name):
            raise WrongSetting(f"SAMVERKAN_{name}", f"is no more than SAMVERKAN_LRS_MAX_BODY, which is {chosen.body}")
    return chosen


def _rate(name: str, value: str) -> str | None:
    if not value:
        return None
    try:
        if all(each.amount > 0 and each.multiples > 0 for each in limits.parse_many(value)):
            return value
    except ValueError:
        pass
    raise WrongSetting(name, "is a number and a time, such as 100/second or 3000/minute")


def _content_url(value: str, base_url: str) -> str | None:
    if not value:
        return None
    name = "SAMVERKAN_CONTENT_URL"
    url = _host_url(name, value)
    if urlsplit(url).netloc == urlsplit(base_url).netloc:
        raise WrongSetting(name, "has another host name than SAMVERKAN_BASE_URL; leave it out to use one name")
    return url


_DOMAIN = re.compile(r"[\w-]+(\.[\w-]+)+")


def _oidc(get: Callable[[str], str]) -> OidcSettings | None:
    names = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_ORGANISATION", "OIDC_DOMAINS")
    if not any(get(name) for name in names):
        return None
    for name in names:
        if not get(name):
            raise WrongSetting(f"SAMVERKAN_{name}", f"is needed too: {', '.join(names)} belong together")
    issuer = _url("SAMVERKAN_OIDC_ISSUER", get("OIDC_ISSUER"), ("https", "http"))
    if urlsplit(issuer).scheme == "http" and not is_this_machine(urlsplit(issuer).hostname or ""):
        raise WrongSetting("SAMVERKAN_OIDC_ISSUER", "starts with https://, since others can read what goes by http://")
    if urlsplit(issuer).query or urlsplit(issuer).fragment or urlsplit(issuer).username:
        raise WrongSetting("SAMVERKAN_OIDC_ISSUER", "is an address without a name before the host and without ? and #")
    domains = tuple(part.strip().removeprefix("@").lower() for part in get("OIDC_DOMAINS").split(",") if part.strip())
    if not domains or not all(_DOMAIN.fullmatch(one) for one in domains):
        raise WrongSetting("SAMVERKAN_OIDC_DOMAINS", "are mail domains with commas between, such as region.example")
    return OidcSettings(
        issuer, get("OIDC_CLIENT_ID"), get("OIDC_CLIENT_SECRET"), " ".join(get("OIDC_ORGANISATION").split()), domains
    )


def is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _metrics_token(value: str) -> str | None:
    if value and not re.fullmatch(r"[!-~]{16,}", value):
        raise WrongSetting("SAMVERKAN_METRICS_TOKEN", "has at least 16 characters of ASCII, and no spaces")
    return value or None


def _mail_address(name: str, value: str) -> str:
    try:
        validate_email(value, check_deliverability=False, globally_deliverable=False, allow_smtputf8=False)
    except EmailNotValidError:
        raise WrongSetting(name, "is an e-mail address, such as kurs@region.example") from None
    return value


def _lrs_key(value: str) -> str:
    if ":" in value:
        raise WrongSetting("SAMVERKAN_LRS_KEY", "has no colon, which ends the key in HTTP Basic")
    return value


def _written_in(file: Path) -> Mapping[str, str | None]:
    try:
        return dotenv_values(file)
    except (OSError, UnicodeDecodeError):
        raise WrongSetting(str(file), "is a text file in UTF-8 that can be read") from None


def read_settings(environ: Mapping[str, str], *, env_file: Path | None = None) -> Settings:
    """Settings from ``environ``; what it lacks is taken from ``env_file``.

    :raises WrongSetting: at the first wrong value.
    """
    kept = _written_in(env_file) if env_file is not None and env_file.is_file() else {}

    def get(name: str, default: str = "") -> str:
        value = environ.get(f"SAMVERKAN_{name}")
        return ((value if value is not None else kept.get(f"SAMVERKAN_{name}")) or default).strip()

    def folder(name: str) -> Path | None:
        return _folder(f"SAMVERKAN_{name}", get(name)) if get(name) else None

    instance = folder("INSTANCE") or _folder("SAMVERKAN_INSTANCE", "instance")
    mail_url = get("MAIL_URL")
    endpoint = get("LRS_ENDPOINT")
    course = Path(get("COURSE")) if get("COURSE") else None
    if course is not None and not (course / "course.yaml").is_file():
        raise WrongSetting("SAMVERKAN_COURSE", f"is a folder with a course.yaml; {course} has none")
    port = _whole_number("PORT", environ.get("PORT") or "8000", 1, 65535)
    base_url = _host_url("SAMVERKAN_BASE_URL", get("BASE_URL", f"http://127.0.0.1:{port}"))
    return Settings(
        database_url=_database_url(get("DATABASE_URL"), instance),
        secret_key=_secret_key(get("SECRET_KEY"), instance),
        base_url=base_url,
        mail_url=_url("SAMVERKAN_MAIL_URL", mail_url, ("smtp", "smtps")) if mail_url else None,
        mail_from=_mail_address("SAMVERKAN_MAIL_FROM", get("MAIL_FROM", "noreply@samverkan.example")),
        instance=instance,
        demo=_yes_or_no("SAMVERKAN_DEMO", get("DEMO")),
        lrs_endpoint=_url("SAMVERKAN_LRS_ENDPOINT", endpoint, ("http", "https")) if endpoint else None,
        lrs_key=_lrs_key(get("LRS_KEY")),
        lrs_secret=get("LRS_SECRET"),
        course=course,
        contact_email=_mail_address("SAMVERKAN_CONTACT_EMAIL", get("CONTACT_EMAIL", "hjalp@samverkan.example")),
        publisher=get("PUBLISHER", "Samverkan"),
        metrics_token=_metrics_token(get("METRICS_TOKEN")),
        lrs_limits=_lrs_limits(get),
        lrs_rate=_rate("SAMVERKAN_LRS_RATE", get("LRS_RATE")),
        content_url=_content_url(get("CONTENT_URL"), base_url),
        packages=folder("PACKAGES"),
        package_size=_whole_number("SAMVERKAN_PACKAGE_SIZE", get("PACKAGE_SIZE", "500000000"), 1_000, 10_000_000_000),
        report_least=_whole_number("SAMVERKAN_REPORT_LEAST", get("REPORT_LEAST", "5"), 3, 1000),
        oidc=_oidc(get),
        backups=Path(get("BACKUPS")).absolute() if get("BACKUPS") else None,
        protocol=folder("PROTOCOL"),
        trusted_proxies=_whole_number("SAMVERKAN_TRUSTED_PROXIES", get("TRUSTED_PROXIES", "0"), 0, 9),
    )
