"""How the pages look on this device: theme and text size, kept in a cookie."""

from dataclasses import dataclass

from flask import Flask, request

__all__ = ["COOKIE", "THEMES", "VIEWS", "Display", "current_display", "init_app"]

COOKIE = "display"
THEMES = ("", "light", "dark")
VIEWS = ("", "stor", "storbild")


@dataclass(frozen=True, slots=True)
class Display:
    theme: str = ""
    view: str = ""

    def to_cookie(self) -> str:
        return f"{self.theme}.{self.view}"


def current_display() -> Display:
    theme, _, view = request.cookies.get(COOKIE, ".").partition(".")
    return Display(theme if theme in THEMES else "", view if view in VIEWS else "")


def init_app(app: Flask) -> None:
    @app.context_processor
    def _display() -> dict[str, object]:
        return {"display": current_display()}
