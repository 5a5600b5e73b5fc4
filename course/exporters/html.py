"""The course for a browser alone: a folder with a page to open, and nothing that needs a server."""

from course.exporters.package import Chosen, Files, House, Kind, pages

__all__ = ["KIND", "files_of"]

KIND = Kind(("runtime_html", "HtmlRuntime"), is_course=True)


def files_of(chosen: Chosen, house: House) -> Files:
    return pages(chosen, house, KIND)
