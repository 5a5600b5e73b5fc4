"""The course that this server teaches, loaded once at start."""

from typing import cast

from flask import Flask, current_app

from course.schema import Course

__all__ = ["course_of", "current_course", "init_app"]


def init_app(app: Flask, course: Course) -> None:
    app.extensions["samverkan.course"] = course


def course_of(app: Flask) -> Course:
    return cast("Course", app.extensions["samverkan.course"])


def current_course() -> Course:
    return course_of(current_app)
