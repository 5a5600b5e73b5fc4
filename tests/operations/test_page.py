"""The administrator's page about how the server is doing, under conditions that are real."""

import os
import re
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from flask import Flask
from sqlalchemy.orm import Session

from lrs_adapter.outbox import add_destination, pause
from tests.conftest import NOW, Mails
from tests.operations.conftest import PAGE, visitor_of
from tests.tracker.servers import free_port
from tracker.auth.messages import invitation
from tracker.clock import now
from tracker.config import Settings
from tracker.errors import MailNotSent
from tracker.learners.models import Learner, Organisation, OrganisationKind
from tracker.mail import send
from tracker.notes import noted
from tracker.providers.models import Admits, IdentityProvider

DAY = 24 * 3600


def test_a_mail_that_was_refused_is_red_until_one_is_taken(
    make_app: Callable[..., Flask],
    look: Callable[[Flask], dict[str, str]],
    chief: Learner,
    refusing: str,
    settings: Settings,
    mails: Mails,
) -> None:
    app = make_app(mail_url=refusing)
    with app.test_request_context("/sv/"), pytest.raises(MailNotSent):
        send(invitation("ingen@forening.example"), app.extensions["samverkan.settings"])

    told = look(app)["Utgående mejl"]
    assert told.startswith("Behöver åtgärdas Det senaste mejlet skickades inte.")
    assert "tog inte emot adressen" in told
    assert "@" not in told

    visitor = visitor_of(app, chief)
    failed = visitor.get(visitor.post(f"{PAGE}/mail").location).text
    assert "Mejlet skickades inte." in failed
    assert "De senaste 2 mejlen" in failed

    well = make_app()
    visitor = visitor_of(well, chief)
    assert "på väg till chef@region.example" in visitor.get(visitor.post(f"{PAGE}/mail").location).text
    assert mails.last["To"] == "chef@region.example"
    assert look(well)["Utgående mejl"].startswith("Som det ska")


def test_a_mail_server_that_is_down_is_told_in_other_words(
    make_app: Callable[..., Flask], look: Callable[[Flask], dict[str, str]]
) -> None:
    app = make_app(mail_url="smtp://127.0.0.1:1")
    with app.test_request_context("/sv/"), pytest.raises(MailNotSent):
        send(invitation("ingen@forening.example"), app.extensions["samverkan.settings"])

    assert "Är den i gång" in look(app)["Utgående mejl"]


def test_name_and_password_are_not_sent_in_the_clear(
    make_app: Callable[..., Flask], look: Callable[[Flask], dict[str, str]]
) -> None:
    """Who is in between can take the offer of encryption away. Another server of this machine may do without."""
    told: list[object] = []

    def authenticate(_server: object, _session: object, _envelope: object, _how: str, data: object) -> AuthResult:
        told.append(data)
        return AuthResult(success=True)

    taker = Controller(
        Sink(), hostname="127.0.0.1", port=free_port(), authenticator=authenticate, auth_require_tls=False
    )
    taker.start()
    try:
        # 127.1 is another way to write it, and so not known to be this machine.
        app = make_app(mail_url=f"smtp://kurs:hemligt@127.1:{taker.port}")
        with app.test_request_context("/sv/"), pytest.raises(MailNotSent):
            send(invitation("ingen@forening.example"), app.extensions["samverkan.settings"])
        assert told == []
        assert "eller inte krypterat" in look(app)["Utgående mejl"]

        here = make_app(mail_url=f"smtp://kurs:hemligt@127.0.0.1:{taker.port}")
        with here.test_request_context("/sv/"):
            send(invitation("ingen@forening.example"), here.extensions["samverkan.settings"])
        assert len(told) == 1
    finally:
        taker.stop()


def test_a_note_that_cannot_be_written_holds_nothing_up(app: Flask, db: Session) -> None:
    """Whoever sends a mail may hold the database meanwhile."""
    db.add(Organisation(name="X", kind=OrganisationKind.OTHER, created_at=NOW))
    db.flush()

    app.extensions["samverkan.notes"].fault("mail", "TimeoutError")

    db.rollback()


def test_what_runs_beside_the_requests_is_red_when_it_has_not_run_or_fails(
    app: Flask, look: Callable[[Flask], dict[str, str]]
) -> None:
    assert look(app)["Leverans till andra LRS:er"].startswith("Behöver åtgärdas Har inte körts här än.")

    noted(app, "delivery", lambda: None)()
    assert look(app)["Leverans till andra LRS:er"].startswith("Som det ska Är i gång.")

    app.extensions["samverkan.notes"].fault("publishing", "failed")
    assert look(app)["Dagens rapporter"].startswith("Behöver åtgärdas Misslyckades senaste gången.")
    app.extensions["samverkan.notes"].success("publishing")
    assert "Dagens rapporter" not in look(app)

    def fail() -> None:
        raise OSError("with a name in it")

    with pytest.raises(OSError, match="name"):
        noted(app, "delivery", fail)()
    assert look(app)["Leverans till andra LRS:er"].startswith("Behöver åtgärdas Misslyckades senaste gången.")


def test_a_backup_is_red_when_it_is_missing_empty_or_old(
    make_app: Callable[..., Flask], look: Callable[[Flask], dict[str, str]], tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    app = make_app(backups=folder)
    assert "Vi vet inte var" in look(make_app())["Senaste säkerhetskopian"]
    assert look(app)["Senaste säkerhetskopian"].startswith("Behöver åtgärdas Det finns ingen.")
    folder.mkdir()
    copy = folder / "samverkan.dump"
    copy.touch()
    assert look(app)["Senaste säkerhetskopian"].startswith("Behöver åtgärdas Det finns ingen.")
    copy.write_text("a copy")
    assert look(app)["Senaste säkerhetskopian"].startswith("Som det ska")
    old = now().timestamp() - 2 * DAY
    os.utime(copy, (old, old))
    assert "mer än ett dygn gammal. Se till att kopieringen körs" in look(app)["Senaste säkerhetskopian"]
    assert look(make_app(backups=copy))["Senaste säkerhetskopian"].startswith("Behöver åtgärdas")


def test_a_paused_lrs_and_a_sign_in_that_fails_are_red_and_lead_there(
    app: Flask, look: Callable[[Flask], dict[str, str]], db: Session, settings: Settings, chief: Learner
) -> None:
    to = add_destination(
        db,
        name="Regionens LRS",
        endpoint="https://lrs.example/xapi",
        key="k",
        secret="s",
        secret_key=settings.secret_key,
        now=NOW,
    )
    pause(db, to.id, reason="401 Unauthorized", now=NOW)
    organisation = Organisation(name="Älvbro kommun", kind=OrganisationKind.MUNICIPALITY, created_at=NOW)
    db.add(organisation)
    db.flush()
    db.add(
        IdentityProvider(
            name="Älvbro",
            issuer="https://login.alvbro.example",
            client_id="x",
            secret=b"",
            organisation_id=organisation.id,
            scopes="openid",
            admits=Admits.INVITED,
            vouches=False,
            role_values={},
            may_administer=False,
            assurance={},
            is_open=True,
            created_at=NOW,
            last_fault_at=NOW,
            last_fault="unreachable",
        )
    )
    db.commit()

    said = look(app)

    assert said["Regionens LRS"].startswith("Behöver åtgärdas")
    assert "Fråga efter" in said["Regionens LRS"] or "Be dem" in said["Regionens LRS"]
    assert said["Inloggning med Älvbro"].startswith("Behöver åtgärdas Det senaste försöket misslyckades.")
    page = visitor_of(app, chief).get(PAGE).text
    assert 'href="/sv/admin/lrs/destinations">Regionens LRS' in page
    assert 'href="/sv/admin/providers">Inloggning med Älvbro' in page
    assert page.index("Regionens LRS") < page.index("Databasens tabeller")


def test_says_what_runs_there(app: Flask, chief: Learner, settings: Settings) -> None:
    page = visitor_of(app, chief).get(PAGE).text

    assert ("SQLite 3." if settings.database_url.startswith("sqlite") else "PostgreSQL ") in page
    assert re.search(r"Databasens storlek</dt><dd>[\d,]+ [kMG]B", page)
    assert "Databasens tabeller" in page


@pytest.fixture
def certified(tmp_path: Path) -> Iterator[Callable[[timedelta], str]]:
    """The address of a server whose certificate holds for so long."""
    servers: list[ThreadingHTTPServer] = []

    def serve(holds: timedelta) -> str:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        made = made.serial_number(1).not_valid_before(now() - timedelta(days=90)).not_valid_after(now() + holds)
        pem = tmp_path / "key-and-certificate.pem"
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        pem.write_bytes(private + made.sign(key, SHA256()).public_bytes(Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # who looks at it says nothing
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"https://localhost:{server.server_port}"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_certificate_that_soon_runs_out_is_red(
    make_app: Callable[..., Flask],
    look: Callable[[Flask], dict[str, str]],
    certified: Callable[[timedelta], str],
) -> None:
    told = {days: look(make_app(base_url=certified(timedelta(days=days)))) for days in (60, 5, -1)}
    words = {days: said["Webbplatsens certifikat"] for days, said in told.items()}

    assert words[60].startswith("Som det ska Det gäller till ")
    assert words[5].startswith("Behöver åtgärdas Det gäller till ")
    assert words[-1].startswith("Behöver åtgärdas Det gäller till ")
    down = look(make_app(base_url="https://localhost:1"))["Webbplatsens certifikat"]
    assert down.startswith("Bra att veta")
    assert "Webbplatsens certifikat" not in look(make_app())
