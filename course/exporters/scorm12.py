"""A SCORM 1.2 package (Content Aggregation Model 2.3): an item for each module, and in it a SCO for each lesson."""

from course.exporters.manifest import Element, identifier, mastery_of, schemas, xml
from course.exporters.package import Chosen, Files, House, Kind, pages
from course.schema import Lesson, Localised, Module

__all__ = ["KIND", "MANIFEST", "files_of", "own_files"]

KIND = Kind(("runtime_scorm12", "Scorm12Runtime"), also=("runtime_scorm",))
MANIFEST = "imsmanifest.xml"
NAMESPACES = {
    "xmlns": "http://www.imsproject.org/xsd/imscp_rootv1p1p2",
    "xmlns:adlcp": "http://www.adlnet.org/xsd/adlcp_rootv1p2",
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "xsi:schemaLocation": "http://www.imsproject.org/xsd/imscp_rootv1p1p2 imscp_rootv1p1p2.xsd "
    "http://www.imsglobal.org/xsd/imsmd_rootv1p2p1 imsmd_rootv1p2p1.xsd "
    "http://www.adlnet.org/xsd/adlcp_rootv1p2 adlcp_rootv1p2.xsd",
}
LOM = "http://www.imsglobal.org/xsd/imsmd_rootv1p2p1"


def files_of(chosen: Chosen, house: House) -> Files:
    files = pages(chosen, house, KIND)
    return {**files, **schemas("scorm12"), MANIFEST: xml(_manifest(chosen, files))}


def _manifest(chosen: Chosen, files: Files) -> Element:
    info = chosen.course.info
    language = chosen.languages[0]
    name = identifier(info.id, info.version, chosen.key)
    metadata: list[Element] = [
        ("schema", {}, "ADL SCORM"),
        ("schemaversion", {}, "1.2"),
        ("lom", {"xmlns": LOM}, [("general", {}, _general(chosen))]),
    ]
    items = [_item(chosen, module) for module in chosen.modules]
    organization: Element = (
        "organization",
        {"identifier": "course"},
        [("title", {}, info.title[language]), *items],
    )
    return (
        "manifest",
        {"identifier": name, "version": info.version, **NAMESPACES},
        [
            ("metadata", {}, metadata),
            ("organizations", {"default": "course"}, [organization]),
            ("resources", {}, _resources(chosen, files)),
        ],
    )


def _general(chosen: Chosen) -> list[Element]:
    info = chosen.course.info

    def strings(texts: Localised) -> list[Element]:
        return [("langstring", {"xml:lang": language}, texts[language]) for language in chosen.languages]

    languages: list[Element] = [("language", {}, language) for language in chosen.languages]
    return [("title", {}, strings(info.title)), *languages, ("description", {}, strings(info.subtitle))]


def _item(chosen: Chosen, module: Module) -> Element:
    language = chosen.languages[0]
    lessons: list[Element] = [
        (
            "item",
            {"identifier": f"lesson-{lesson.id}", "identifierref": f"page-{lesson.id}", "isvisible": "true"},
            _lesson(lesson, chosen),
        )
        for lesson in module.lessons
    ]
    return (
        "item",
        {"identifier": f"module-{module.id}", "isvisible": "true"},
        [("title", {}, module.info.title[language]), *lessons],
    )


def _lesson(lesson: Lesson, chosen: Chosen) -> list[Element]:
    language = chosen.languages[0]
    inside: list[Element] = [("title", {}, f"{lesson.number} {lesson.title[language]}")]
    mastery = mastery_of(lesson, language)
    if mastery is not None:
        inside.append(("adlcp:masteryscore", {}, str(round(100 * mastery))))
    return inside


def _resources(chosen: Chosen, files: Files) -> list[Element]:
    pages_: list[Element] = []
    for lesson in chosen.lessons:
        own: list[Element] = [("file", {"href": name}, "") for name in own_files(lesson)]
        own.append(("dependency", {"identifierref": "shared"}, ""))
        pages_.append(
            (
                "resource",
                {
                    "identifier": f"page-{lesson.id}",
                    "type": "webcontent",
                    "adlcp:scormtype": "sco",
                    "href": f"{lesson.id}.html",
                },
                own,
            )
        )
    mine = {name for lesson in chosen.lessons for name in own_files(lesson)}
    rest: list[Element] = [("file", {"href": name}, "") for name in sorted(set(files) - mine)]
    shared = {"identifier": "shared", "type": "webcontent", "adlcp:scormtype": "asset"}
    return [*pages_, ("resource", shared, rest)]


def own_files(lesson: Lesson) -> tuple[str, str]:
    return f"{lesson.id}.html", f"lessons/{lesson.id}.js"
