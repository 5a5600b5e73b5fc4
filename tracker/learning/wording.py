"""Sentences about answers, as people say them: *Sju kort ligger där de brukar räknas.*"""

from flask_babel import ngettext

from course.marking import Marked, Verdict
from course.schema import Activity, Cases, Choice, KnowledgeCheck, Language, Matrix, Order, Quick
from tracker.i18n import _

__all__ = ["heading", "number_word", "summary", "whose"]


def number_word(number: int) -> str:
    """Two to twelve in words, others in figures. One has a sentence of its own wherever this is used."""
    words = [
        _("two"), _("three"), _("four"), _("five"), _("six"), _("seven"), _("eight"), _("nine"), _("ten"), _("eleven"),
        _("twelve"),
    ]  # fmt: skip
    return words[number - 2] if 2 <= number <= 12 else str(number)


def whose(name: str, language: Language) -> str:
    """``Henriks``, ``Elias``; ``Henrik's``."""
    if language == "en":
        return f"{name}'s"
    return name if name[-1] in "sxz" else f"{name}s"


def heading(activity: Activity, marked: Marked) -> str:
    match activity:
        case Choice():
            if marked.success is None:
                return _("Your choice")
            return _("That is right") if marked.success else _("Look again")
        case Matrix():
            return _("This is how you placed the situations")
        case Order():
            return _("This is the order")
        case Cases() | Quick():
            return _("This is how you answered")
        case KnowledgeCheck():
            return _("You passed the knowledge check") if marked.success else _("Not all the way yet")
    return _("This is how you placed the cards")


def summary(activity: Activity, marked: Marked) -> str:
    counts = marked.counts
    right, also = counts[Verdict.RIGHT], counts[Verdict.ALSO_RIGHT]
    look, left, edge = counts[Verdict.LOOK_AGAIN], counts[Verdict.NOT_PLACED], counts[Verdict.BORDERLINE]
    match activity:
        case Order():
            return _order(right, len(marked.items))
        case Matrix():
            told = [_best(right), _also(also), _look(look), _left(left)]
        case Cases() | Quick():
            told = [_answers(right + also), _look_answers(look), _left_answers(left)]
        case KnowledgeCheck():
            return _check(activity, marked)
        case _:
            told = [_usual(right), _edge(edge + also), _look_cards(look), _left_cards(left)]
    return " ".join(sentence[0].upper() + sentence[1:] for sentence in told if sentence)


def _order(right: int, total: int) -> str:
    if right == total:
        return _("All %(number)s are in the right order.", number=number_word(total))
    if not right:
        return _("None has found its place yet. Read in order and look at what comes after what.")
    told: str = ngettext(
        "One of %(total)s is in its place. Look again at the others.",
        "%(number)s of %(total)s are in their places. Look again at the others.",
        right, number=number_word(right).capitalize(), total=number_word(total),
    )  # fmt: skip
    return told


def _check(activity: KnowledgeCheck, marked: Marked) -> str:
    got = _("You answered %(right)s of %(total)s questions right.", right=marked.score, total=marked.max_score)
    if marked.success:
        enough = _("That is enough.")
        return f"{got} {enough}"
    needed = _("You need %(needed)s. Read again and try as many times as you like.", needed=activity.needed)
    return f"{got} {needed}"


def _usual(n: int) -> str:
    return ngettext(
        "one card lies where it is usually counted.",
        "%(number)s cards lie where they are usually counted.",
        n, number=number_word(n),
    ) if n else ""  # fmt: skip


def _edge(n: int) -> str:
    return ngettext(
        "one is a borderline case, and no answer is wrong there.",
        "%(number)s are borderline cases, and no answer is wrong there.",
        n, number=number_word(n),
    ) if n else ""  # fmt: skip


def _look_cards(n: int) -> str:
    return ngettext(
        "one card is worth another look.",
        "%(number)s cards are worth another look.",
        n, number=number_word(n),
    ) if n else ""  # fmt: skip


def _left_cards(n: int) -> str:
    return ngettext(
        "one card is not placed.",
        "%(number)s cards are not placed.",
        n, number=number_word(n),
    ) if n else ""  # fmt: skip


def _best(n: int) -> str:
    return ngettext(
        "one situation lies in the best cell.",
        "%(number)s situations lie in the best cell.",
        n, number=number_word(n),
    ) if n else ""  # fmt: skip


def _also(n: int) -> str:
    return ngettext(
        "one lies in a cell that works too.",
        "%(number)s lie in a cell that works too.",
        n, number=number_word(n),
    ) if n else ""  # fmt: skip


def _look(n: int) -> str:
    return ngettext(
        "one is worth another look.",
        "%(number)s are worth another look.",
        n, number=number_word(n),
    ) if n else ""  # fmt: skip


def _left(n: int) -> str:
    return ngettext(
        "one is not placed.",
        "%(number)s are not placed.",
        n, number=number_word(n),
    ) if n else ""  # fmt: skip


def _answers(n: int) -> str:
    return ngettext(
        "one answer is right.",
        "%(number)s answers are right.",
        n, number=number_word(n),
    ) if n else ""  # fmt: skip


def _look_answers(n: int) -> str:
    return ngettext(
        "one answer is worth another look.",
        "%(number)s answers are worth another look.",
        n, number=number_word(n),
    ) if n else ""  # fmt: skip


def _left_answers(n: int) -> str:
    return ngettext(
        "one is not answered.",
        "%(number)s are not answered.",
        n, number=number_word(n),
    ) if n else ""  # fmt: skip
