"""The LRS over HTTP: a Flask blueprint, a file for each xAPI resource. The only place here that knows Flask."""

from lrs_adapter.resources.blueprint import create_lrs_blueprint
from lrs_adapter.resources.call import Limits

__all__ = ["Limits", "create_lrs_blueprint"]
