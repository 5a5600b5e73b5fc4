"""Settings: read once from the environment (and a ``.env`` file), checked, frozen."""

import ipaddress
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import limits
from dotenv import dotenv_values

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
    parts = urlsplit(value)
    if parts.scheme not in schemes or not parts.netloc:
        raise WrongSetting(name, f"is not an address that starts with {' or '.join(s + '://' for s in schemes)}")
    return value


def _database_url(value: str, instance: Path) -> str:
    if not value:
        return f"sqlite:///{(instance / 'samverkan.sqlite').absolute()}"
    if value.startswith(("postgres://", "postgresql://")):
        return "postgresql+psycopg://" + value.split("://", 1)[1]
    if value.startswith(("sqlite:///", "postgresql+psycopg://")):
        return value
    raise WrongSetting("SAMVERKAN_DATABASE_URL", "starts with sqlite:/// or postgresql://")


def _secret_key(given: str, instance: Path) -> str:
    if given:
        if len(given) < 32:
            raise WrongSetting("SAMVERKAN_SECRET_KEY", "has at least 32 characters")
        return given
    kept = instance / "secret_key"
    try:
        # Created with "x" so that two processes starting at once agree on one key.
        with kept.open("x") as file:
            kept.chmod(0o600)
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return kept.read_text().strip()


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
            if not (value.isascii() and value.isdecimal() and least <= int(value) <= most):
                raise WrongSetting(f"SAMVERKAN_{name}", f"is a whole number from {least} to {most}")
            given[limit] = int(value)
    chosen = replace(Limits(), **given)
    for name, size in (("LRS_MAX_ATTACHMENT", chosen.part), ("LRS_MAX_DOCUMENT", chosen.document)):
        if size > chosen.body and get(name):
            raise WrongSetting(f"SAMVERKAN_{name}", f"is no more than SAMVERKAN_LRS_MAX_BODY, which is {chosen.body}")
    return chosen


def _rate(name: str, value: str) -> str | None:
    if not value:
        return None
    try:
        limits.parse_many(value)
    except ValueError:
        raise WrongSetting(name, "is a number and a time, such as 100/second or 3000/minute") from None
    return value


def _content_url(value: str, base_url: str) -> str | None:
    if not value:
        return None
    name = "SAMVERKAN_CONTENT_URL"
    url = _url(name, value, ("http", "https")).rstrip("/")
    if urlsplit(url).path or urlsplit(url).query:
        raise WrongSetting(name, "is an address with nothing behind the host name")
    if urlsplit(url).netloc == urlsplit(base_url).netloc:
        raise WrongSetting(name, "has another host name than SAMVERKAN_BASE_URL; leave it out to use one name")
    return url


def _size(name: str, value: str, default: int) -> int:
    if not value:
        return default
    if not (value.isascii() and value.isdecimal() and 1_000 <= int(value) <= 10_000_000_000):
        raise WrongSetting(name, "is a whole number from 1000 to 10000000000")
    return int(value)


def _few(name: str, value: str) -> int:
    if not (value.isascii() and value.isdecimal() and int(value) <= 9):
        raise WrongSetting(name, "is a whole number from 0 to 9")
    return int(value)


def _least(name: str, value: str) -> int:
    if not (value.isascii() and value.isdecimal() and 3 <= int(value) <= 1000):
        raise WrongSetting(name, "is a whole number from 3 to 1000")
    return int(value)


def _oidc(get: Callable[[str], str]) -> OidcSettings | None:
    names = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_ORGANISATION", "OIDC_DOMAINS")
    if not any(get(name) for name in names):
        return None
    for name in names:
        if not get(name):
            raise WrongSetting(f"SAMVERKAN_{name}", f"is needed too: {', '.join(names)} belong together")
    issuer = _url("SAMVERKAN_OIDC_ISSUER", get("OIDC_ISSUER"), ("https", "http"))
    if issuer.startswith("http:") and not is_this_machine(urlsplit(issuer).hostname or ""):
        raise WrongSetting("SAMVERKAN_OIDC_ISSUER", "starts with https://, since others can read what goes by http://")
    domains = tuple(part.strip().lower() for part in get("OIDC_DOMAINS").split(",") if part.strip())
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
    if value and len(value) < 16:
        raise WrongSetting("SAMVERKAN_METRICS_TOKEN", "has at least 16 characters")
    return value or None


def read_settings(environ: Mapping[str, str], *, env_file: Path | None = None) -> Settings:
    """Settings from ``environ``; what it lacks is taken from ``env_file``.

    :raises WrongSetting: at the first wrong value.
    """
    kept = dotenv_values(env_file) if env_file is not None and env_file.is_file() else {}

    def get(name: str, default: str = "") -> str:
        value = environ.get(f"SAMVERKAN_{name}")
        return ((value if value is not None else kept.get(f"SAMVERKAN_{name}")) or default).strip()

    instance = Path(get("INSTANCE", "instance")).absolute()
    instance.mkdir(parents=True, exist_ok=True)
    mail_url = get("MAIL_URL")
    endpoint = get("LRS_ENDPOINT")
    course = Path(get("COURSE")) if get("COURSE") else None
    if course is not None and not (course / "course.yaml").is_file():
        raise WrongSetting("SAMVERKAN_COURSE", f"is a folder with a course.yaml; {course} has none")
    port = environ.get("PORT", "8000")
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise WrongSetting("PORT", "is a number from 1 to 65535")
    base_url = _url("SAMVERKAN_BASE_URL", get("BASE_URL", f"http://127.0.0.1:{port}"), ("http", "https")).rstrip("/")
    return Settings(
        database_url=_database_url(get("DATABASE_URL"), instance),
        secret_key=_secret_key(get("SECRET_KEY"), instance),
        base_url=base_url,
        mail_url=_url("SAMVERKAN_MAIL_URL", mail_url, ("smtp", "smtps")) if mail_url else None,
        mail_from=get("MAIL_FROM", "noreply@samverkan.example"),
        instance=instance,
        demo=_yes_or_no("SAMVERKAN_DEMO", get("DEMO")),
        lrs_endpoint=_url("SAMVERKAN_LRS_ENDPOINT", endpoint, ("http", "https")) if endpoint else None,
        lrs_key=get("LRS_KEY"),
        lrs_secret=get("LRS_SECRET"),
        course=course,
        contact_email=get("CONTACT_EMAIL", "hjalp@samverkan.example"),
        publisher=get("PUBLISHER", "Samverkan"),
        metrics_token=_metrics_token(get("METRICS_TOKEN")),
        lrs_limits=_lrs_limits(get),
        lrs_rate=_rate("SAMVERKAN_LRS_RATE", get("LRS_RATE")),
        content_url=_content_url(get("CONTENT_URL"), base_url),
        packages=Path(get("PACKAGES")).absolute() if get("PACKAGES") else None,
        package_size=_size("SAMVERKAN_PACKAGE_SIZE", get("PACKAGE_SIZE"), 500_000_000),
        report_least=_least("SAMVERKAN_REPORT_LEAST", get("REPORT_LEAST", "5")),
        oidc=_oidc(get),
        backups=Path(get("BACKUPS")).absolute() if get("BACKUPS") else None,
        protocol=Path(get("PROTOCOL")).absolute() if get("PROTOCOL") else None,
        trusted_proxies=_few("SAMVERKAN_TRUSTED_PROXIES", get("TRUSTED_PROXIES", "0")),
    )
