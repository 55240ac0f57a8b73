"""The verdict of a role's trust policy on a request (iam-evaluation 4.2 and 4.5, S6).

Each statement is evaluated once. Nothing is left out of the result: the statements that decided, and for
every other Allow what kept it from applying.
"""

from typing import Literal

from msgspec import Struct

from trustpath.engine.iam.actions import covers
from trustpath.engine.iam.conditions import holds
from trustpath.engine.iam.principals import names_caller
from trustpath.engine.iam.request import ContextValue, TrustRequest
from trustpath.engine.iam.three_valued import Truth, every, negate
from trustpath.model.policy import Condition, PolicyDocument, PrincipalEntry, Statement, Text

Result = Literal["allowed", "explicitly-denied", "implicitly-denied", "unknown"]


class PrincipalMiss(Struct, frozen=True):
    """The Principal element does not name the caller. ``truth`` is None when that is not known."""

    entries: tuple[PrincipalEntry, ...]
    negated: bool
    truth: Truth


class ActionMiss(Struct, frozen=True):
    """The Action element does not cover the request's action; that is always known, so ``truth`` is false."""

    actions: tuple[Text, ...]
    negated: bool
    truth: Truth = False


class ConditionMiss(Struct, frozen=True):
    """A condition does not hold; ``got`` is what the request has for its key."""

    condition: Condition
    got: ContextValue
    truth: Truth


Miss = PrincipalMiss | ActionMiss | ConditionMiss


class StatementResult(Struct, frozen=True):
    """Whether a statement applies, and every element that keeps it from applying."""

    statement: Statement
    applies: Truth
    misses: tuple[Miss, ...]

    @property
    def distance(self) -> tuple[bool, bool, int]:
        """Return how far an Allow is from applying: principal, then action, then conditions."""
        conditions = sum(isinstance(miss, ConditionMiss) for miss in self.misses)
        principal = any(isinstance(miss, PrincipalMiss) for miss in self.misses)
        action = any(isinstance(miss, ActionMiss) for miss in self.misses)
        return principal, action, conditions


class Decision(Struct, frozen=True):
    """The verdict. ``decided_by`` are the statements that make it, ``near_misses`` the Allow statements
    that do not apply, nearest first."""

    result: Result
    decided_by: tuple[StatementResult, ...]
    near_misses: tuple[StatementResult, ...]


def decide_trust(document: PolicyDocument, request: TrustRequest) -> Decision:
    """Return what a trust policy says to a request."""
    results = [_evaluate(statement, document.version, request) for statement in document.statements]
    allows = [result for result in results if result.statement.effect == "Allow"]
    denies = [result for result in results if result.statement.effect == "Deny"]
    near = tuple(
        sorted((result for result in allows if result.applies is not True), key=lambda result: result.distance)
    )
    if denied := tuple(result for result in denies if result.applies is True):
        return Decision("explicitly-denied", denied, near)
    allowed = tuple(result for result in allows if result.applies is True)
    open_allows = tuple(result for result in allows if result.applies is None)
    if not allowed and not open_allows:
        return Decision("implicitly-denied", (), near)
    open_denies = tuple(result for result in denies if result.applies is None)
    if open_denies or not allowed:
        return Decision("unknown", open_denies or open_allows, near)
    return Decision("allowed", allowed, near)


def denies(document: PolicyDocument, request: TrustRequest) -> Truth:
    """Return whether a Deny statement of a policy that stands above the role applies (S21)."""
    statements = [statement for statement in document.statements if statement.effect == "Deny"]
    found = [_evaluate(statement, document.version, request).applies for statement in statements]
    return True if True in found else (None if None in found else False)


def _evaluate(statement: Statement, version: str, request: TrustRequest) -> StatementResult:
    misses: list[Miss] = [
        *_principal_misses(statement, request),
        *_action_misses(statement, request),
        *_condition_misses(statement, version, request),
    ]
    applies = every(miss.truth for miss in misses)
    return StatementResult(statement, applies, tuple(misses))


def _principal_misses(statement: Statement, request: TrustRequest) -> list[PrincipalMiss]:
    deny = statement.effect == "Deny"
    if statement.not_principals is not None:
        entries, negated = statement.not_principals, True
        truth = negate(names_caller(entries, request.principal, deny=deny))
    else:
        entries, negated = statement.principals or (), False
        truth = names_caller(entries, request.principal, deny=deny)
    return [] if truth is True else [PrincipalMiss(entries, negated, truth)]


def _action_misses(statement: Statement, request: TrustRequest) -> list[ActionMiss]:
    if statement.not_actions is not None:
        covered = not covers(statement.not_actions, request.action)
        return [] if covered else [ActionMiss(statement.not_actions, True)]
    actions = statement.actions or ()
    return [] if covers(actions, request.action) else [ActionMiss(actions, False)]


def _condition_misses(statement: Statement, version: str, request: TrustRequest) -> list[ConditionMiss]:
    misses = []
    for condition in statement.conditions:
        truth = holds(condition, version, request.context)
        if truth is not True:
            misses.append(ConditionMiss(condition, request.context.get(condition.key), truth))
    return misses
