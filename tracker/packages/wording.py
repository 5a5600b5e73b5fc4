"""What the formats are called, and which to choose."""

from course.exporters import Format
from tracker.i18n import _l

__all__ = ["FORMATS"]

FORMATS = {
    Format.CMI5: (_l("cmi5"), _l("For a learning platform with cmi5. The answers become Statements in its LRS.")),
    Format.SCORM2004: (
        _l("SCORM 2004, 4th edition"),
        _l("For a platform with SCORM 2004. Keeps answers, progress and result."),
    ),
    Format.SCORM12: (
        _l("SCORM 1.2"),
        _l("Works in almost every learning platform, also in old ones. Choose it for Moodle."),
    ),
    Format.HTML: (
        _l("Web pages in a folder"),
        _l("Needs no platform and no net: unpack, and open index.html. Progress is kept in the browser."),
    ),
}
