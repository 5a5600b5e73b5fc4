"""The data rules of xAPI on parsed raw JSON, a file per part of a Statement.

Every function takes the value and its place (``$.actor``) and raises ``InvalidStatement`` at the first broken rule.
Values must come from a JSON parser: plain ``dict``, ``list``, ``str``, ``int``, ``float``, ``bool`` and ``None``.
"""

from lrs_adapter.validation.statement import validate_statement

__all__ = ["validate_statement"]
