"""What the views of this feature share: where the server is, and where packages lie."""

from flask import Flask, current_app

from tracker.config import Settings
from tracker.launch.launching import Place
from tracker.launch.package import Limits
from tracker.launch.services import Shelf

__all__ = ["current_place", "current_shelf", "place_of_settings", "shelf_of"]


def place_of_settings(settings: Settings) -> Place:
    return Place(settings.base_url, settings.content_url or settings.base_url)


def shelf_of(settings: Settings) -> Shelf:
    return Shelf(settings.package_folder, Limits(package=settings.package_size))


def current_place() -> Place:
    return place_of_settings(_settings(current_app))


def current_shelf() -> Shelf:
    return shelf_of(_settings(current_app))


def _settings(app: Flask) -> Settings:
    settings: Settings = app.extensions["samverkan.settings"]
    return settings
