"""Files of packages: as they are, and without any power over our pages."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.launch.conftest import Api
from tests.launch.packages import au, course, zipped

FILES = {
    "skript.mjs": b"export const a = 1",
    "bild.svg": b"<svg/>",
    "film.mp4": bytes(range(200)),
    "text.vtt": b"WEBVTT",
    "sida.htm": b"<p>",
    "okand.xyz1": b"?",
}


@pytest.fixture
def folder(api: Api) -> str:
    made = api.launch(api.add(zipped(course(au()), FILES)))
    return urlsplit(made.launched["launch_url"]).path.rpartition("/")[0]


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("skript.mjs", "text/javascript"),
        ("bild.svg", "image/svg+xml"),
        ("film.mp4", "video/mp4"),
        ("text.vtt", "text/vtt"),
        ("sida.htm", "text/html"),
        ("index.html", "text/html"),
        ("okand.xyz1", "application/octet-stream"),
    ],
)
def test_a_file_comes_as_what_it_is(client: FlaskClient, folder: str, name: str, media_type: str) -> None:
    with client.get(f"{folder}/{name}", buffered=True) as answer:
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, media_type)
        assert answer.data == FILES.get(name, answer.data)


def test_a_part_of_a_film_can_be_fetched(client: FlaskClient, folder: str) -> None:
    with client.get(f"{folder}/film.mp4", headers={"Range": "bytes=10-19"}, buffered=True) as answer:
        assert (answer.status_code, answer.data) == (206, bytes(range(10, 20)))


def test_with_one_host_name_every_file_is_in_a_sandbox_without_an_origin(client: FlaskClient, folder: str) -> None:
    with client.get(f"{folder}/index.html", buffered=True) as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("sandbox allow-scripts ")
        assert "allow-same-origin" not in policy
        assert "allow-top-navigation" not in policy
        assert answer.headers["Access-Control-Allow-Origin"] == "*", "modules of a page without an origin need it"
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("name", ["borta.html", "../index.json", "..%2f..%2fsecret_key", "index.json", "0", "%00"])
def test_only_what_was_in_the_package_is_there(client: FlaskClient, folder: str, name: str) -> None:
    assert client.get(f"{folder}/{name}").status_code == 404


def test_with_two_host_names_each_has_its_own(make_app: Callable[..., Flask], api: Api) -> None:
    app = make_app(content_url="http://paket.example")
    api.client = app.test_client()
    made = api.launch(api.add(zipped(course(au()))))
    address = urlsplit(made.launched["launch_url"])
    assert address.netloc == "paket.example"
    pages, packages = {"base_url": "http://localhost"}, {"base_url": "http://paket.example"}

    with api.client.get(address.path, **packages, buffered=True) as answer:  # type: ignore[arg-type]
        assert answer.status_code == 200
        assert "sandbox" not in answer.headers["Content-Security-Policy"]
    assert api.client.get(address.path, **pages).status_code == 404  # type: ignore[arg-type]
    for path in ("/sv/", "/sv/course", "/sv/sign-in", "/api/v1/about", "/static/css/tokens.css", "/"):
        answer = api.client.get(path, **packages)  # type: ignore[arg-type]
        assert (answer.status_code, "Set-Cookie" in answer.headers) == (404, False), path
    assert made.sit_down().data["launchMode"] == "Normal"


@pytest.mark.parametrize("origin", ["null", "http://paket.example"])
def test_a_page_from_elsewhere_may_ask_for_its_token_and_use_it(api: Api, origin: str) -> None:
    made = api.launch(api.add(zipped(course(au()))))
    path = urlsplit(made.parameters["fetch"]).path
    wish = {"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}

    preflight = made.client.options(path, headers=wish)
    assert preflight.status_code == 204
    assert preflight.headers["Access-Control-Allow-Origin"] == origin
    answer = made.client.post(path, headers={"Origin": origin})
    assert answer.headers["Access-Control-Allow-Origin"] == origin
    made.token = answer.json["auth-token"]
    for method in ("OPTIONS", "GET"):
        state = made.request(method, "activities/state", headers={"Origin": origin})
        assert state.headers["Access-Control-Allow-Origin"] == origin
        assert "Authorization" in state.headers.get("Access-Control-Allow-Headers", "Authorization")


def test_a_slash_too_many_does_no_harm(api: Api) -> None:
    made = api.launch(api.add(zipped(course(au())))).sit_down()

    assert made.request("GET", "/statements").status_code == 200
