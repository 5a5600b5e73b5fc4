"""A SCORM 2004 4th Edition package (CAM and SN 1.1): a SCO for each lesson, to be taken in any order."""

from course.exporters.manifest import Element, identifier, mastery_of, schemas, xml
from course.exporters.package import Chosen, Files, House, Kind, pages
from course.exporters.scorm12 import MANIFEST, own_files
from course.schema import Lesson, Localised, Module

__all__ = ["KIND", "MANIFEST", "files_of"]

KIND = Kind(("runtime_scorm2004", "Scorm2004Runtime"), also=("runtime_scorm",))
NAMESPACES = {
    "xmlns": "http://www.imsglobal.org/xsd/imscp_v1p1",
    "xmlns:adlcp": "http://www.adlnet.org/xsd/adlcp_v1p3",
    "xmlns:adlseq": "http://www.adlnet.org/xsd/adlseq_v1p3",
    "xmlns:imsss": "http://www.imsglobal.org/xsd/imsss",
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "xsi:schemaLocation": "http://www.imsglobal.org/xsd/imscp_v1p1 imscp_v1p1.xsd "
    "http://www.adlnet.org/xsd/adlcp_v1p3 adlcp_v1p3.xsd "
    "http://www.adlnet.org/xsd/adlseq_v1p3 adlseq_v1p3.xsd "
    "http://www.imsglobal.org/xsd/imsss imsss_v1p0.xsd "
    "http://ltsc.ieee.org/xsd/LOM lom.xsd",
}
LOM = "http://ltsc.ieee.org/xsd/LOM"
FREE: Element = (
    "imsss:sequencing",
    {},
    [("imsss:controlMode", {"choice": "true", "choiceExit": "true", "flow": "true"}, "")],
)


def files_of(chosen: Chosen, house: House) -> Files:
    files = pages(chosen, house, KIND)
    return {**files, **schemas("scorm2004"), MANIFEST: xml(_manifest(chosen, files))}


def _manifest(chosen: Chosen, files: Files) -> Element:
    info = chosen.course.info
    language = chosen.languages[0]
    metadata: list[Element] = [
        ("schema", {}, "ADL SCORM"),
        ("schemaversion", {}, "2004 4th Edition"),
        ("lom", {"xmlns": LOM}, [("general", {}, _general(chosen))]),
    ]
    organization: Element = (
        "organization",
        {"identifier": "course", "adlseq:objectivesGlobalToSystem": "false"},
        [("title", {}, info.title[language]), *(_item(chosen, module) for module in chosen.modules), FREE],
    )
    return (
        "manifest",
        {"identifier": identifier(info.id, info.version, chosen.key), "version": info.version, **NAMESPACES},
        [
            ("metadata", {}, metadata),
            ("organizations", {"default": "course"}, [organization]),
            ("resources", {}, _resources(chosen, files)),
        ],
    )


def _general(chosen: Chosen) -> list[Element]:
    info = chosen.course.info

    def strings(texts: Localised) -> list[Element]:
        return [("string", {"language": language}, texts[language]) for language in chosen.languages]

    languages: list[Element] = [("language", {}, language) for language in chosen.languages]
    return [
        ("identifier", {}, [("catalog", {}, "URI"), ("entry", {}, info.iri)]),
        ("title", {}, strings(info.title)),
        *languages,
        ("description", {}, strings(info.subtitle)),
    ]


def _item(chosen: Chosen, module: Module) -> Element:
    language = chosen.languages[0]
    lessons: list[Element] = [
        (
            "item",
            {"identifier": f"lesson-{lesson.id}", "identifierref": f"page-{lesson.id}"},
            [
                ("title", {}, f"{lesson.number} {lesson.title[language]}"),
                _rules(lesson, chosen, optional=module.info.optional),
            ],
        )
        for lesson in module.lessons
    ]
    sequencing: Element = FREE
    if module.info.optional:
        sequencing = ("imsss:sequencing", {}, [*FREE[2], _rollup(progress=False, satisfied=False)])
    title: Element = ("title", {}, module.info.title[language])
    return "item", {"identifier": f"module-{module.id}"}, [title, *lessons, sequencing]


def _rules(lesson: Lesson, chosen: Chosen, *, optional: bool) -> Element:
    mastery = mastery_of(lesson, chosen.languages[0])
    inside: list[Element] = [_rollup(progress=not optional, satisfied=mastery is not None)]
    if mastery is not None:
        least: Element = ("imsss:minNormalizedMeasure", {}, str(mastery))
        primary: Element = (
            "imsss:primaryObjective",
            {"objectiveID": f"objective-{lesson.id}", "satisfiedByMeasure": "true"},
            [least],
        )
        inside.append(("imsss:objectives", {}, [primary]))
    content = {"completionSetByContent": "true", "objectiveSetByContent": "true"}
    return "imsss:sequencing", {}, [*inside, ("imsss:deliveryControls", content, "")]


def _rollup(*, progress: bool, satisfied: bool) -> Element:
    """What counts for the whole: completion of what is not optional, and the knowledge check's score."""
    return (
        "imsss:rollupRules",
        {
            "rollupObjectiveSatisfied": str(satisfied).lower(),
            "rollupProgressCompletion": str(progress).lower(),
            "objectiveMeasureWeight": "1.0000" if satisfied else "0.0000",
        },
        "",
    )


def _resources(chosen: Chosen, files: Files) -> list[Element]:
    pages_: list[Element] = []
    for lesson in chosen.lessons:
        own: list[Element] = [("file", {"href": name}, "") for name in own_files(lesson)]
        own.append(("dependency", {"identifierref": "shared"}, ""))
        attributes = {
            "identifier": f"page-{lesson.id}",
            "type": "webcontent",
            "adlcp:scormType": "sco",
            "href": f"{lesson.id}.html",
        }
        pages_.append(("resource", attributes, own))
    mine = {name for lesson in chosen.lessons for name in own_files(lesson)}
    rest: list[Element] = [("file", {"href": name}, "") for name in sorted(set(files) - mine)]
    shared = {"identifier": "shared", "type": "webcontent", "adlcp:scormType": "asset"}
    return [*pages_, ("resource", shared, rest)]
