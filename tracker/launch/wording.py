"""What the faults of a package are called, in the language of the page."""

from collections.abc import Mapping
from typing import Any

from flask_babel import force_locale
from markupsafe import Markup, escape

from tracker.i18n import _, current_language
from tracker.launch.faults import Fault, Kind
from tracker.launch.structure import MoveOn, Texts

__all__ = [
    "as_json", "explain", "in_english", "marked_text_in", "move_on_words", "place_of", "tagged_text_in", "text_in",
]  # fmt: skip


def explain(fault: Fault) -> str:
    """One sentence: what is wrong, and with what."""
    # Composed here and not at the fault, which knows nothing of languages. An entry for each kind is checked by a test.
    values = {"name": "", "value": "", "url": "", "parent": "", "names": "", "message": "", "allowed": "", "words": ""}
    values |= {"namespace": "", "element": fault.element, **fault.values}
    words = {
        Kind.MEDIA_TYPE: _("A package is a zip file, or a cmi5.xml by itself."),
        Kind.NOT_ZIP: _("The file is not a zip, or it is damaged."),
        Kind.DAMAGED: _("The file %(name)s in the zip is damaged.", **values),
        Kind.ENCRYPTED: _("The file %(name)s in the zip has a password.", **values),
        Kind.UNSUPPORTED: _("The file %(name)s is packed in a way that we cannot read.", **values),
        Kind.UNSAFE_NAME: _("The file %(name)s has a name that leads out of the package.", **values),
        Kind.LINK: _("%(name)s is a link or a device, not a file.", **values),
        Kind.SAME_NAME: _("Two files in the zip are called %(name)s.", **values),
        Kind.NO_STRUCTURE: _("There is no cmi5.xml in the zip."),
        Kind.STRUCTURE_IN_FOLDER: _(
            "cmi5.xml must lie at the top of the zip, but it is %(name)s. Zip what is in the folder.",
            **values,
        ),
        Kind.NOT_XML: _("The file cannot be read as XML: %(message)s.", **values),
        Kind.ENTITY: _("Entities of your own, such as &%(name)s;, are not allowed.", **values),
        Kind.WRONG_ROOT: _("The file must begin with courseStructure in the namespace %(namespace)s.", **values),
        Kind.MISPLACED_ELEMENT: _("%(element)s must not stand here in %(parent)s.", **values),
        Kind.MISSING_ELEMENT: _("%(element)s lacks %(names)s.", **values),
        Kind.TEXT_HERE: _("%(element)s must not hold text: “%(words)s”.", **values),
        Kind.UNKNOWN_ATTRIBUTE: _("%(element)s has no attribute %(name)s.", **values),
        Kind.MISSING_ATTRIBUTE: _("%(element)s lacks the attribute %(name)s.", **values),
        Kind.WRONG_VALUE: _("%(name)s is “%(value)s”. Allowed: %(allowed)s.", **values),
        Kind.NOT_IRI: _("%(name)s is “%(value)s”, which is not a full address (IRI).", **values),
        Kind.SAME_ID: _("The id “%(value)s” is used more than once.", **values),
        Kind.BAD_URL: _(
            "The address “%(url)s” is not valid. Write blanks and letters such as å, ä and ö as %%-codes.", **values
        ),
        Kind.RESERVED_PARAMETER: _("The address “%(url)s” uses the parameter %(name)s, which cmi5 needs.", **values),
        Kind.RELATIVE_URL: _("The address “%(url)s” must be complete, with https://, when there is no zip.", **values),
        Kind.NOT_IN_PACKAGE: _("The address “%(url)s” leads to a file that is not in the zip.", **values),
    }
    return words[fault.kind]


def place_of(fault: Fault) -> str:
    if fault.line is None:
        return _("the zip")
    return _("cmi5.xml, line %(line)s", line=fault.line)


def in_english(fault: Fault) -> str:
    """For other systems."""
    with force_locale("en"):
        return explain(fault)


def as_json(fault: Fault) -> Mapping[str, Any]:
    with force_locale("en"):
        return {
            "requirement": fault.requirement,
            "code": fault.kind.value,
            "message": explain(fault),
            "place": place_of(fault),
            "line": fault.line,
            "element": fault.element or None,
        }


def move_on_words() -> Mapping[MoveOn, str]:
    """What a part has to be, so that it is done."""
    return {
        MoveOn.PASSED: _("passed"),
        MoveOn.COMPLETED: _("gone through"),
        MoveOn.COMPLETED_AND_PASSED: _("gone through and passed"),
        MoveOn.COMPLETED_OR_PASSED: _("gone through or passed"),
        MoveOn.NOT_APPLICABLE: _("opened at any time: it asks for nothing"),
    }


def text_in(texts: Texts) -> str:
    """In the language of the page, or the next best: the same language elsewhere, Swedish, English, any."""
    return tagged_text_in(texts)[1]


def marked_text_in(texts: Texts) -> Markup:
    """For a page: what is in another language than the page says so, and runs in its own direction."""
    tag, text = tagged_text_in(texts)
    if tag.lower().split("-")[0] == current_language():
        return escape(text)
    return Markup('<bdi lang="{}">{}</bdi>').format("" if tag == "und" else tag, text)


def tagged_text_in(texts: Texts) -> tuple[str, str]:
    """The same, behind its language tag."""
    for wanted in (current_language(), "sv", "en", "und"):
        for tag, text in texts.items():
            if text and tag.lower().split("-")[0] == wanted:
                return tag, text
    return next(((tag, text) for tag, text in texts.items() if text), ("und", ""))
