"""Why a statement does not apply: every element that fails, with what the request has for it.

Worked out only when somebody asks, so that a decision costs nothing for it.
"""

from msgspec import Struct

from trustpath.engine.iam.document import CompiledStatement
from trustpath.engine.iam.layers import place_of
from trustpath.engine.iam.principals import PolicyPlace
from trustpath.engine.iam.request import ContextValue, Request
from trustpath.engine.iam.three_valued import Truth, every
from trustpath.model.policy import Condition, PrincipalEntry, Statement, Text


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


class ResourceMiss(Struct, frozen=True):
    """The Resource element does not cover the request's resource."""

    resources: tuple[Text, ...]
    negated: bool
    truth: Truth


class ConditionMiss(Struct, frozen=True):
    """A condition does not hold; ``got`` is what the request has for its key."""

    condition: Condition
    got: ContextValue
    truth: Truth


Miss = PrincipalMiss | ActionMiss | ResourceMiss | ConditionMiss


class StatementResult(Struct, frozen=True):
    """Whether a statement applies, and every element that keeps it from applying."""

    statement: Statement
    applies: Truth
    misses: tuple[Miss, ...]
    policy: str = ""

    @property
    def distance(self) -> tuple[bool, bool, bool, int]:
        """Return how far a statement is from applying: principal, action, resource, then conditions."""
        kinds = [type(miss) for miss in self.misses]
        return PrincipalMiss in kinds, ActionMiss in kinds, ResourceMiss in kinds, kinds.count(ConditionMiss)


def explain(compiled: CompiledStatement, request: Request, place: PolicyPlace | None = None) -> StatementResult:
    """Return what keeps a statement from applying to a request.

    ``place`` is where its Principal element stands, None for the resource's own policy.
    """
    misses: list[Miss] = []
    if compiled.principals is not None:
        naming = compiled.naming(request, place or place_of(request))
        if naming.truth is not True:
            misses.append(PrincipalMiss(compiled.principals.entries, compiled.principals.negated, naming.truth))
    if not compiled.actions.cover(request.action.lower()):
        misses.append(ActionMiss(compiled.actions.texts, compiled.actions.negated))
    if compiled.resources is not None:
        covered = compiled.resources.cover(request.resource, request.context)
        if covered is not True:
            misses.append(ResourceMiss(compiled.resources.texts, compiled.resources.negated, covered))
    for condition in compiled.conditions:
        truth = condition.truth(request.context)
        if truth is not True:
            misses.append(ConditionMiss(condition.condition, request.context[condition.key], truth))
    applies = every(miss.truth for miss in misses)
    if applies and (compiled.doubled or compiled.policy.refused):
        applies = None
    return StatementResult(compiled.statement, applies, tuple(misses), compiled.policy.name)
