"""What can go wrong here, as one small tree. Each surface maps it once to its own answers."""

from uuid import UUID


class LrsError(Exception):
    """Anything this package refuses."""


class InvalidStatement(LrsError):
    """A Statement breaks a data rule. ``str()`` reads ``$.actor: rule (xAPI … section)``."""

    def __init__(self, place: str, rule: str) -> None:
        super().__init__(f"{place}: {rule}")
        self.place = place
        self.rule = rule


class TooLarge(LrsError):
    """A request, Statement, attachment or document is past a limit of this LRS (xAPI 1.0.3 Communication 3.2)."""


class StatementConflict(LrsError):
    """Another Statement is already stored under the same id (xAPI 1.0.3 Communication 2.1.1, 2.1.2)."""

    def __init__(self, statement_id: UUID) -> None:
        super().__init__(f"A different Statement is already stored under the id {statement_id}")
        self.statement_id = statement_id


class CredentialGone(LrsError):
    """It was good a moment ago, and was revoked or ran out before the Statements were stored."""


class Forbidden(LrsError):
    """The credential is good, but doesn't reach this far (xAPI 1.0.3 Communication 3.2)."""


class RuleBroken(Forbidden):
    """What a session may not do. ``requirement``: the id of the rule in the list of cmi5 requirements."""

    def __init__(self, place: str, rule: str, requirement: str) -> None:
        super().__init__(f"{place}: {rule} (cmi5 {requirement})")
        self.place = place
        self.rule = rule
        self.requirement = requirement


class UnknownDestination(LrsError):
    """No outside LRS has this id."""


class UnreadableSecret(LrsError):
    """A stored secret can't be read with the key that was handed in, most likely because that key was changed."""
