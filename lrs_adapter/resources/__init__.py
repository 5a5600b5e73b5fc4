"""The LRS over HTTP: a WSGI application of its own, a file for each xAPI resource."""

from lrs_adapter.resources.application import create_lrs_app
from lrs_adapter.resources.call import DocumentRequest, Limits, Sessions

__all__ = ["DocumentRequest", "Limits", "Sessions", "create_lrs_app"]
