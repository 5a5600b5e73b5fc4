"""The course that this server teaches, loaded once at start."""

from typing import cast

from flask import Flask, current_app

from course.schema import Course

__all__ = ["current_course", "init_app"]


def init_app(app: Flask, course: Course) -> None:
    app.extensions["samverkan.course"] = course


def current_course() -> Course:
    return cast(Course, current_app.extensions["samverkan.course"])
