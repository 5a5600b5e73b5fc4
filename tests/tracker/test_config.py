"""Settings: a wrong value stops the start with its name and what is allowed."""

from pathlib import Path

import pytest

from tracker.config import WrongSetting, read_settings


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("SAMVERKAN_DATABASE_URL", "mysql://localhost/x", "sqlite:/// or postgresql://"),
        ("SAMVERKAN_DATABASE_URL", "postgresql://db.example:many/kurs", "postgresql://user:password@host:port/name"),
        ("SAMVERKAN_DATABASE_URL", "sqlite:///", "names a file"),
        ("SAMVERKAN_SECRET_KEY", "short", "at least 32 characters"),
        ("SAMVERKAN_BASE_URL", "kurs.example", "starts with http:// or https://"),
        ("SAMVERKAN_BASE_URL", "http://[", "starts with http:// or https://"),
        ("SAMVERKAN_BASE_URL", "https://kurs.example:many", "starts with http:// or https://"),
        ("SAMVERKAN_BASE_URL", "https://region.example/kurs", "nothing behind the host name"),
        ("SAMVERKAN_BASE_URL", "https://maj@kurs.example", "no name before it"),
        ("SAMVERKAN_INSTANCE", __file__, "is a folder"),
        ("SAMVERKAN_PACKAGES", __file__, "is a folder"),
        ("SAMVERKAN_PROTOCOL", f"{__file__}/protocol", "is a folder"),
        ("SAMVERKAN_MAIL_URL", "smtp://mail.example:many", "starts with smtp:// or smtps://"),
        ("SAMVERKAN_MAIL_FROM", "kursen", "is an e-mail address"),
        ("SAMVERKAN_CONTACT_EMAIL", "javascript:alert(1)", "is an e-mail address"),
        ("SAMVERKAN_METRICS_TOKEN", "sexton tecken och fler", "no spaces"),
        ("SAMVERKAN_REPORT_LEAST", "2", "whole number from 3 to 1000"),
        ("SAMVERKAN_LRS_KEY", "nyckel:hemlighet", "has no colon"),
        ("SAMVERKAN_LRS_RATE", "0/second", "100/second"),
        ("SAMVERKAN_MAIL_URL", "imap://mail.example", "starts with smtp:// or smtps://"),
        ("SAMVERKAN_LRS_ENDPOINT", "lrs.example", "starts with http:// or https://"),
        ("SAMVERKAN_DEMO", "perhaps", "neither yes nor no"),
        ("SAMVERKAN_COURSE", "/nowhere", "folder with a course.yaml"),
        ("SAMVERKAN_LRS_MAX_BODY", "20 MB", "whole number from 1000"),
        ("SAMVERKAN_LRS_MAX_BATCH", "0", "whole number from 1 to 100000"),
        ("SAMVERKAN_LRS_MAX_DEPTH", "5000", "whole number from 10 to 500"),
        ("SAMVERKAN_LRS_MAX_ATTACHMENT", "30000000", "no more than SAMVERKAN_LRS_MAX_BODY"),
        ("SAMVERKAN_LRS_RATE", "often", "100/second"),
        ("SAMVERKAN_TRUSTED_PROXIES", "nginx", "whole number from 0 to 9"),
        ("SAMVERKAN_CONTENT_URL", "paket.example", "starts with http:// or https://"),
        ("SAMVERKAN_CONTENT_URL", "https://paket.example/kurser", "nothing behind the host name"),
        ("SAMVERKAN_CONTENT_URL", "http://127.0.0.1:8000", "another host name than SAMVERKAN_BASE_URL"),
        ("SAMVERKAN_PACKAGE_SIZE", "500 MB", "whole number from 1000"),
        ("PORT", "seventy", "number from 1 to 65535"),
        ("PORT", "70000", "number from 1 to 65535"),
        ("PORT", "²", "number from 1 to 65535"),
    ],
)
def test_wrong_value_is_named_with_what_is_allowed(name: str, value: str, allowed: str, tmp_path: Path) -> None:
    with pytest.raises(WrongSetting) as raised:
        read_settings({"SAMVERKAN_INSTANCE": str(tmp_path)} | {name: value})

    assert str(raised.value).startswith(f"{name}: ")
    assert allowed in str(raised.value)


def test_secret_key_is_made_once_and_kept_where_only_the_owner_reads(tmp_path: Path) -> None:
    first = read_settings({"SAMVERKAN_INSTANCE": str(tmp_path)})
    second = read_settings({"SAMVERKAN_INSTANCE": str(tmp_path)})

    assert first.secret_key == second.secret_key
    assert len(first.secret_key) >= 32
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_a_folder_that_is_made_is_nobody_elses_to_read(tmp_path: Path) -> None:
    read_settings({"SAMVERKAN_INSTANCE": str(tmp_path / "new" / "data")})

    assert (tmp_path / "new" / "data").stat().st_mode & 0o777 == 0o700


def test_a_secret_key_that_was_cut_off_is_no_key(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("")

    with pytest.raises(WrongSetting, match="holds no key of at least 32 characters"):
        read_settings({"SAMVERKAN_INSTANCE": str(tmp_path)})


def test_https_in_capitals_is_as_safe(tmp_path: Path) -> None:
    settings = read_settings({"SAMVERKAN_INSTANCE": str(tmp_path), "SAMVERKAN_BASE_URL": "HTTPS://Kurs.example/"})

    assert settings.secure
    assert settings.base_url == "https://kurs.example"


def test_environment_wins_over_the_env_file(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("SAMVERKAN_BASE_URL=https://fil.example\nSAMVERKAN_PUBLISHER=Region Mittlandet\n")

    settings = read_settings(
        {"SAMVERKAN_INSTANCE": str(tmp_path), "SAMVERKAN_BASE_URL": "https://kurs.example/"}, env_file=env_file
    )

    assert settings.base_url == "https://kurs.example"
    assert settings.publisher == "Region Mittlandet"
    assert settings.secure


def test_postgresql_address_gets_its_driver(tmp_path: Path) -> None:
    settings = read_settings(
        {"SAMVERKAN_INSTANCE": str(tmp_path), "SAMVERKAN_DATABASE_URL": "postgres://kurs@db.example/kurs"}
    )

    assert settings.database_url == "postgresql+psycopg://kurs@db.example/kurs"


def test_a_sign_in_in_the_settings_is_whole_and_safe(tmp_path: Path) -> None:
    given = {
        "SAMVERKAN_INSTANCE": str(tmp_path),
        "SAMVERKAN_OIDC_ISSUER": "https://login.region.example",
        "SAMVERKAN_OIDC_CLIENT_ID": "samverkan",
        "SAMVERKAN_OIDC_CLIENT_SECRET": "hemligt",
        "SAMVERKAN_OIDC_ORGANISATION": "Regionen",
        "SAMVERKAN_OIDC_DOMAINS": "Region.example, sjukhus.example",
    }

    found = read_settings(given).oidc
    assert found is not None
    assert found.domains == ("region.example", "sjukhus.example")
    for name in set(given) - {"SAMVERKAN_INSTANCE"}:
        with pytest.raises(WrongSetting, match=f"{name}: is needed too"):
            read_settings({**given, name: ""})
    with pytest.raises(WrongSetting, match="SAMVERKAN_OIDC_ISSUER: starts with https://"):
        read_settings({**given, "SAMVERKAN_OIDC_ISSUER": "HTTP://login.region.example"})
    with pytest.raises(WrongSetting, match="SAMVERKAN_OIDC_DOMAINS: are mail domains"):
        read_settings({**given, "SAMVERKAN_OIDC_DOMAINS": "alla, region.example"})
