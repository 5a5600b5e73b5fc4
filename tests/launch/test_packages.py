"""What is taken as a package and what is refused, with the requirement, the place and everything at once."""

import io
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.launch.conftest import Api
from tests.launch.packages import NAMESPACE, PUBLISHER, au, block, course, one_au, text, zipped
from tracker.config import Settings


def _refused(api: Api, package: bytes | str, media_type: str | None = None) -> dict[str, Any]:
    answer = api.upload(package, media_type)
    assert answer.status_code == 422, answer.text
    error = answer.json["error"]
    assert error["code"] == "invalid_package"
    assert error["requirement"] == error["details"][0]["requirement"]
    return dict(error)


def _changed(old: str, new: str, package: str | None = None) -> str:
    whole = package or course(au(url="https://innehall.example/"))
    assert old in whole
    return whole.replace(old, new, 1)


# ---------------------------------------------------------------- what is taken


def test_a_course_is_told_in_all_its_languages_without_the_space_around(api: Api) -> None:
    wide = au().replace("Om delen", "\n    Om delen\n  ").replace("index.html", "\n index.html\n ")
    made = api.add(zipped(course(wide)))

    assert made["publisher_id"] == PUBLISHER
    assert made["title"] == {"sv": "Lagen i vardagen", "en": "The law every day"}
    [one] = made["aus"]
    assert one == {
        "index": 0,
        "lms_id": one["lms_id"],
        "publisher_id": f"{PUBLISHER}/au/ett",
        "title": {"sv": "Del"},
        "url": "index.html",
        "launch_method": "AnyWindow",
        "move_on": "NotApplicable",
        "mastery_score": None,
    }
    assert len({made["lms_id"], one["lms_id"], made["publisher_id"], one["publisher_id"]}) == 4
    assert api.send("GET", f"/courses/{made['id']}").json == made


@pytest.mark.parametrize("media_type", ["application/zip", "application/x-zip-compressed"])
def test_a_zip_is_taken(api: Api, media_type: str) -> None:
    answer = api.upload(one_au(), media_type)

    assert answer.status_code == 201
    assert answer.headers["Location"] == f"http://localhost/api/v1/courses/{answer.json['id']}"


@pytest.mark.parametrize("media_type", ["text/xml", "application/xml", "text/xml; charset=utf-8"])
def test_a_structure_by_itself_is_taken(api: Api, media_type: str) -> None:
    assert api.upload(course(au(url="https://innehall.example/")), media_type).status_code == 201


def test_zip64_is_taken(api: Api) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in (("cmi5.xml", course(au()).encode()), ("index.html", b"<p>")):
            with archive.open(name, "w", force_zip64=True) as file:
                file.write(content)
    content = target.getvalue()
    # The records that only a 64-bit zip has, before the end of the directory, whose numbers then point at them.
    size, offset = struct.unpack("<II", content[-10:-2])
    end64 = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, 2, 2, size, offset)
    locator = struct.pack("<IIQI", 0x07064B50, 0, len(content) - 22, 1)
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)

    made = api.add(content[:-22] + end64 + locator + end)

    assert len(made["aus"]) == 1


def test_a_thousand_and_one_aus_are_taken(api: Api) -> None:
    made = api.add(zipped(course(*(au(str(number), moveOn="Completed") for number in range(1_001)))))

    assert [one["index"] for one in made["aus"]] == list(range(1_001))
    assert made["aus"][1_000]["publisher_id"].endswith("/1000")
    assert api.launch(made, 1_000).begin().send("completed")


def test_blocks_may_be_nested_to_any_depth(api: Api) -> None:
    inner = au()
    for number in range(2_000):
        inner = block(str(number), inner)

    made = api.add(zipped(course(inner)))

    assert len(made["aus"]) == 1


def test_aus_are_counted_in_document_order_over_all_blocks(api: Api) -> None:
    made = api.add(zipped(course(block("a", au("1"), block("b", au("2")), au("3")), au("4"))))

    assert [one["publisher_id"][-1] for one in made["aus"]] == ["1", "2", "3", "4"]


def test_what_other_namespaces_add_is_passed_over(api: Api) -> None:
    foreign = '<x:meta xmlns:x="https://forlag.example/ns" x:level="3"><x:deep>ord</x:deep></x:meta>'
    whole = _changed("</course>", f"{foreign}</course>", course(au(inside=foreign)))
    whole = _changed("<course ", '<course xmlns:y="https://forlag.example/ns2" y:mark="1" ', whole)

    assert api.upload(zipped(whole)).status_code == 201


def test_objectives_are_taken(api: Api) -> None:
    one = f'<objective id="{PUBLISHER}/mal/1">{text("description", "Om")}{text("title", "Mål")}</objective>'
    reference = f'<objectives><objective idref="{PUBLISHER}/mal/1"/></objectives>'
    whole = course(au().replace("<url>", f"{reference}<url>"), head=f"<objectives>{one}</objectives>")

    assert api.upload(zipped(whole)).status_code == 201


def test_a_list_of_files_that_would_fill_the_memory_is_not_read(api: Api) -> None:
    """Each entry of 47 bytes becomes an object of some hundred before they can be counted."""
    one = struct.pack("<4s4B4HL2L5H2L", b"PK\1\2", 20, 3, 20, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    listed = one * 350_000
    answer = api.upload(listed + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, len(listed), 0, 0))

    assert answer.status_code == 413
    assert "a list of files" in answer.json["error"]["message"]


def test_ten_thousand_files_are_taken(api: Api) -> None:
    package = zipped(course(au()), {f"bilder/{number}.svg": b"<svg/>" for number in range(10_000)})

    made = api.add(package)

    assert made["aus"][0]["url"] == "index.html"


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("sidor/Övning 1.html", "sidor/%C3%96vning%201.html"),
        ("a/b/../index.html".replace("b/../", ""), "a/b/../index.html"),
        ("start.html", "./start.html?sida=1#mitt"),
        ("start.html", "/start.html"),
    ],
)
def test_an_address_finds_its_file(api: Api, name: str, url: str) -> None:
    made = api.launch(api.add(zipped(course(au(url=url)), {name: b"<p>Hej"})))

    assert made.open().text == "<p>Hej"


def test_names_in_odd_encodings_are_read(api: Api) -> None:
    """UTF-8 that doesn't say so, backslashes, and the code page of the first zips."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("cmi5.xml", course(au(url="a/%C3%B6.html"), au("två", url="b/%C3%B6.html")))
        archive.writestr("a/zz.html", "ett")
        archive.writestr("b+x.html", "två")
    content = target.getvalue()
    content = content.replace(b"a/zz.html", b"a/\xc3\xb6.html").replace(b"b+x.html", b"b\\\x94.html")

    made = api.add(content)

    for index, wanted in ((0, "ett"), (1, "två")):
        assert api.launch(made, index).open().text == wanted


# ---------------------------------------------------------------- what is refused


URL = "https://innehall.example/"
ABOUT = text("title", "M") + text("description", "M")
REFUSED: list[tuple[str, str, Callable[[], str]]] = [
    ("the course's id is no IRI", "3.0.0.0-1", lambda: course(au(url=URL), course_id="forlag.example/kurs")),
    (
        "a block's id is no IRI",
        "3.0.0.0-1",
        lambda: _changed(f"{PUBLISHER}/block/a", "a", course(block("a", au(url=URL)))),
    ),
    ("an AU's id is no IRI", "3.0.0.0-1", lambda: course(au(url=URL, id="ett"))),
    ("an AU's type is no IRI", "3.0.0.0-1", lambda: course(au(url=URL, activityType="lektion"))),
    (
        "an objective's id is no IRI",
        "3.0.0.0-1",
        lambda: course(
            au(url=URL),
            head=f'<objectives><objective id="m">{ABOUT}</objective></objectives>',
        ),
    ),
    ("a relative address without a zip", "14.2.0.0-1", lambda: course(au())),
    ("a rooted address without a zip", "14.2.0.0-1", lambda: course(au(url="/index.html"))),
    ("two blocks with one id", "13.1.2.0-1", lambda: course(block("a", au(url=URL)), block("a", au("två", url=URL)))),
    ("two AUs with one id", "13.1.4.0-1", lambda: course(au(url=URL), au(url=URL))),
    (
        "two objectives with one id",
        "13.1.3.0-1",
        lambda: course(
            au(url=URL),
            head="<objectives>" + 2 * f'<objective id="{PUBLISHER}/m">{ABOUT}</objective>' + "</objectives>",
        ),
    ),
    ("an AU and a block with one id", "13.1.4.0-1", lambda: course(block("a", au(url=URL, id=f"{PUBLISHER}/block/a")))),
    *(
        (f"the reserved parameter {name}", "8.1.0.0-6", lambda name=name: course(au(url=f"{URL}?x=1&{name}=2")))  # type: ignore[misc]
        for name in ("endpoint", "fetch", "actor", "registration", "activityId")
    ),
    ("an address with a blank", "13.1.4.0-2", lambda: course(au(url="https://innehall.example/min kurs.html"))),
    ("an address with å", "13.1.4.0-2", lambda: course(au(url="https://innehall.example/å.html"))),
    ("an address with a broken escape", "13.1.4.0-2", lambda: course(au(url="https://innehall.example/%zz"))),
    ("an address without a host", "13.1.4.0-2", lambda: course(au(url="https:///kurs"))),
    ("a host that is more than one", "13.1.4.0-2", lambda: course(au(url="https://x.example;sandbox/kurs"))),
    ("a script for an address", "13.1.4.0-2", lambda: course(au(url="javascript:alert(1)"))),
    ("a script that looks like an address", "13.1.4.0-2", lambda: course(au(url="javascript://x/%0aalert(1)"))),
    ("a file of the server", "13.1.4.0-2", lambda: course(au(url="file:///etc/passwd"))),
    (
        "url before title",
        "13.2.0.0-1",
        lambda: _changed(text("title", "Del"), "").replace("</url>", f"</url>{text('title', 'Del')}"),
    ),
    ("no title", "13.2.0.0-1", lambda: _changed(text("title", "Del"), "")),
    ("no url", "13.2.0.0-1", lambda: _changed(f"<url>{URL}</url>", "")),
    ("an empty url", "13.2.0.0-1", lambda: _changed(f"<url>{URL}</url>", "<url> </url>")),
    ("no id", "13.2.0.0-1", lambda: _changed(f' id="{PUBLISHER}/au/ett"', "")),
    ("no AU at all", "13.2.0.0-1", lambda: course()),
    ("a block with nothing in it", "13.2.0.0-1", lambda: course(block("a"))),
    ("an unknown element", "13.2.0.0-1", lambda: _changed("</au>", "<sida/></au>")),
    ("an unknown attribute", "13.2.0.0-1", lambda: course(au(url=URL, moveon="Passed"))),
    ("a wrong moveOn", "13.2.0.0-1", lambda: course(au(url=URL, moveOn="Sometimes"))),
    ("a wrong launchMethod", "13.2.0.0-1", lambda: course(au(url=URL, launchMethod="Frame"))),
    ("a masteryScore over 1", "13.2.0.0-1", lambda: course(au(url=URL, masteryScore="80"))),
    ("a masteryScore in words", "13.2.0.0-1", lambda: course(au(url=URL, masteryScore="0,8"))),
    ("a language that is none", "13.2.0.0-1", lambda: _changed('lang="sv"', 'lang="på svenska"')),
    ("text among the elements", "13.2.0.0-1", lambda: _changed("<au ", "Hej <au ")),
    ("an element of others before ours", "13.2.0.0-1", lambda: _changed("<au ", '<m xmlns="urn:x:y"/><au ')),
    ("an element without a namespace", "13.2.0.0-1", lambda: _changed("</au>", '<m xmlns=""/></au>')),
    ("another namespace", "13.2.0.0-1", lambda: _changed(NAMESPACE, "https://forlag.example/ns")),
    ("another root", "13.2.0.0-1", lambda: "<manifest/>"),
    ("XML that is broken", "13.2.0.0-1", lambda: _changed("</au>", "")),
    ("nothing", "13.2.0.0-1", lambda: ""),
]


@pytest.mark.parametrize(("what", "requirement", "make"), REFUSED, ids=[one[0] for one in REFUSED])
def test_a_broken_structure_is_refused(api: Api, what: str, requirement: str, make: Callable[[], str]) -> None:
    error = _refused(api, make(), "text/xml")

    assert error["requirement"] == requirement, error
    assert error["details"][0]["place"].startswith("cmi5.xml, line ")


def test_every_fault_is_told_at_once_with_its_line(api: Api) -> None:
    error = _refused(
        api,
        course(
            au("ett", url="index.html"),
            au("ett", url="https://innehall.example/?fetch=1"),
            au("tre", url="min kurs.html", moveOn="Nej"),
        ),
    )

    found = [(one["line"], one["element"], one["requirement"]) for one in error["details"]]
    assert found == [
        (6, "au", "13.2.0.0-1"),
        (4, "url", "14.2.0.0-1"),
        (5, "au", "13.1.4.0-1"),
        (5, "url", "8.1.0.0-6"),
        (6, "url", "13.1.4.0-2"),
    ]


ENTITIES = {
    "a billion laughs": '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>',
    "a file of the server": '<!DOCTYPE x [<!ENTITY b SYSTEM "file:///etc/passwd">]>',
    "an address": '<!DOCTYPE x [<!ENTITY % b SYSTEM "http://127.0.0.1:1/x">%b;]>',
}


@pytest.mark.parametrize("doctype", ENTITIES.values(), ids=ENTITIES)
def test_entities_are_refused(api: Api, doctype: str) -> None:
    whole = course(au(url=URL)).replace("\n", f"\n{doctype}\n", 1)
    if "% b" not in doctype:
        whole = whole.replace("Om delen", "&b;")

    error = _refused(api, whole)

    assert (error["requirement"], error["details"][0]["code"]) == ("13.2.0.0-1", "entity")


def _zip(*entries: tuple[zipfile.ZipInfo | str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("cmi5.xml", course(au()))
        archive.writestr("index.html", "<p>")
        for name, content in entries:
            archive.writestr(name, content)
    return target.getvalue()


def _link() -> bytes:
    info = zipfile.ZipInfo("hemligt.html")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return _zip((info, b"/etc/passwd"))


def _damaged() -> bytes:
    content = _zip(("bild.bin", bytes(range(256)) * 400))
    at = content.index(b"bild.bin") + 40
    return content[:at] + bytes(64) + content[at + 64 :]


def _encrypted() -> bytes:
    content = bytearray(_zip(("bild.bin", b"x" * 100)))
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


BAD_ZIPS: list[tuple[str, str, str, Callable[[], bytes]]] = [
    ("no zip", "14.1.0.0-1", "not_zip", lambda: b"# A course"),
    ("half a zip", "14.1.0.0-1", "not_zip", lambda: one_au()[:200]),
    ("an empty file", "14.1.0.0-1", "not_zip", lambda: b""),
    ("a name that leads out", "14.1.0.0-1", "unsafe_name", lambda: _zip(("../../cron.d/x", b"x"))),
    ("a name that leads out, backwards", "14.1.0.0-1", "unsafe_name", lambda: _zip(("..\\..\\x", b"x"))),
    ("a name from the root", "14.1.0.0-1", "unsafe_name", lambda: _zip(("/etc/x", b"x"))),
    ("a name with a drive", "14.1.0.0-1", "unsafe_name", lambda: _zip(("C:/x", b"x"))),
    ("a link", "14.1.0.0-1", "link", _link),
    ("a password", "14.1.0.0-1", "encrypted", _encrypted),
    ("damage", "14.1.0.0-1", "damaged", _damaged),
    ("no cmi5.xml", "14.1.0.0-2", "no_structure", lambda: zipped(None)),
    ("cmi5.xml in a folder", "14.1.0.0-2", "structure_in_folder", lambda: zipped(None, {"kurs/cmi5.xml": b"<x/>"})),
    ("a file that isn't there", "14.1.0.0-4", "not_in_package", lambda: one_au(url="borta.html")),
    ("a file outside", "14.1.0.0-4", "not_in_package", lambda: one_au(url="../index.html")),
    ("a file outside, hidden", "14.1.0.0-4", "not_in_package", lambda: one_au(url="%2e%2e/index.html")),
    ("another host without its scheme", "14.1.0.0-4", "not_in_package", lambda: one_au(url="//ond.example/index.html")),
    ("an address with a blank", "13.1.4.0-2", "bad_url", lambda: one_au(url="min kurs.html")),
]


@pytest.mark.parametrize(("what", "requirement", "code", "make"), BAD_ZIPS, ids=[one[0] for one in BAD_ZIPS])
def test_a_bad_zip_is_refused_and_nothing_is_left(
    api: Api, settings: Settings, what: str, requirement: str, code: str, make: Callable[[], bytes]
) -> None:
    error = _refused(api, make())

    assert (error["requirement"], error["details"][0]["code"]) == (requirement, code), error
    assert _left(settings.package_folder) == []


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name_are_refused(api: Api) -> None:
    assert _refused(api, _zip(("index.html", b"1")))["details"][0]["code"] == "same_name"


def _left(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def test_a_bomb_is_too_large_and_nothing_is_left(api: Api, settings: Settings) -> None:
    answer = api.upload(_zip(("nollor.bin", bytes(60_000_000))))

    assert (answer.status_code, answer.json["error"]["code"]) == (413, "too_large")
    assert _left(settings.package_folder) == []


def test_a_package_over_the_limit_is_too_large(make_app: Callable[..., Flask], api: Api) -> None:
    api.client = make_app(package_size=1_000).test_client()

    answer = api.upload(bytes(2_000))

    assert (answer.status_code, answer.json["error"]["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    "media_type", ["text/markdown", "application/pdf", "application/octet-stream", "multipart/form-data"]
)
def test_another_media_type_is_not_taken(api: Api, media_type: str) -> None:
    answer = api.upload(one_au(), media_type)

    assert answer.status_code == 415
    assert answer.json["error"]["code"] == "invalid_package"
    assert answer.json["error"]["requirement"] == "14.0.0.0-1"
