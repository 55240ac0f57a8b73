"""A policy document compiled for many decisions.

Patterns and operators are read once. For an action, the statements that cover it are found once and kept, so
that a decision visits only those. ``refused`` documents are ones that IAM would not store: nothing that they
grant or deny is certain.
"""

from trustpath.engine.iam.actions import CompiledActions
from trustpath.engine.iam.conditions import CompiledCondition
from trustpath.engine.iam.principals import NOT_KNOWN, NOT_NAMED, CompiledPrincipals, Naming, PolicyPlace
from trustpath.engine.iam.request import Request
from trustpath.engine.iam.resources import CompiledResources
from trustpath.engine.iam.three_valued import Truth, negate
from trustpath.model.policy import MalformedPolicy, Path, PolicyDocument, Statement

_MOST_ACTIONS_KEPT = 256


class CompiledStatement:
    """One statement of a document, ready to be asked about requests whose action it covers."""

    __slots__ = ("actions", "conditions", "doubled", "policy", "principals", "resources", "statement")

    def __init__(self, policy: "CompiledPolicy", statement: Statement, version: str) -> None:
        """Compile one statement."""
        self.policy, self.statement = policy, statement
        self.actions = CompiledActions(
            statement.actions if statement.actions is not None else statement.not_actions or (),
            negated=statement.actions is None,
        )
        self.principals = None
        if statement.principals is not None or statement.not_principals is not None:
            entries = statement.principals if statement.principals is not None else statement.not_principals
            self.principals = CompiledPrincipals(entries or (), negated=statement.principals is None)
        self.resources = None
        if statement.resources is not None or statement.not_resources is not None:
            texts = statement.resources if statement.resources is not None else statement.not_resources
            self.resources = CompiledResources(texts or (), version, negated=statement.resources is None)
        self.conditions = tuple(
            CompiledCondition(condition, version, statement.effect) for condition in statement.conditions
        )
        self.doubled = any(_leaves_open(path, statement.path) for path in policy.document.doubled)

    def applies(self, request: Request) -> Truth:
        """Return whether resource and conditions hold; action and principal are asked elsewhere."""
        result: Truth = None if self.policy.refused or self.doubled else True
        if self.resources is not None:
            covered = self.resources.cover(request.resource, request.context)
            if covered is False:
                return False
            if covered is None:
                result = None
        context = request.context
        for condition in self.conditions:
            holds = condition.truth(context)
            if holds is False:
                return False
            if holds is None:
                result = None
        return result

    def naming(self, request: Request, place: PolicyPlace) -> Naming:
        """Return how the statement names the caller; one without a Principal element names nobody."""
        if self.principals is None:
            return NOT_NAMED
        if self.doubled:
            return NOT_KNOWN
        if not self.principals.negated:
            return self.principals.names(request, place, deny=self.statement.effect == "Deny")
        truth = negate(self.principals.excepts(request))
        return Naming(truth, direct=truth)

    def unknown_keys(self, request: Request) -> tuple[str, ...]:
        """Return the keys that keep the statement from being decided."""
        keys = [
            key
            for condition in self.conditions
            if condition.truth(request.context) is None
            for key in condition.unknown_keys(request.context)
        ]
        if self.resources is not None and self.resources.cover(request.resource, request.context) is None:
            keys.extend(self.resources.unknown_keys(request.context))
        if self.principals is not None:
            keys.extend(self.principals.unknown_keys(request))
        return tuple(dict.fromkeys(keys))


Candidates = tuple[tuple[CompiledStatement, ...], tuple[CompiledStatement, ...]]
"""The Allow and the Deny statements that cover an action."""


class CompiledPolicy:
    """A document under a name that reports show. Compile once, decide often."""

    __slots__ = ("_by_action", "document", "name", "refused", "statements")

    def __init__(self, name: str, document: PolicyDocument, *, refused: bool = False) -> None:
        """Compile a document. ``refused``: IAM would not store it (see ``refusals``)."""
        self.name, self.document, self.refused = name, document, refused
        self.statements = tuple(
            CompiledStatement(self, statement, document.version) for statement in document.statements
        )
        self._by_action: dict[str, Candidates] = {}

    def candidates(self, action: str) -> Candidates:
        """Return the Allow and the Deny statements that cover an action."""
        found = self._by_action.get(action)
        if found is None:
            if len(self._by_action) >= _MOST_ACTIONS_KEPT:
                self._by_action.clear()
            found = self._by_action[action] = self._find(action.lower())
        return found

    def _find(self, action: str) -> Candidates:
        covering = [statement for statement in self.statements if statement.actions.cover(action)]
        return (
            tuple(statement for statement in covering if statement.statement.effect == "Allow"),
            tuple(statement for statement in covering if statement.statement.effect == "Deny"),
        )


class UnreadPolicy:
    """A policy whose text is not known, or that is no policy: it may allow and it may deny."""

    __slots__ = ("name", "problem")

    def __init__(self, name: str, problem: str = "") -> None:
        """Name the policy; ``problem`` says what is wrong with its text."""
        self.name, self.problem = name, problem


Policy = CompiledPolicy | UnreadPolicy


def compile_policy(name: str, document: PolicyDocument | MalformedPolicy, *, refused: bool = False) -> Policy:
    """Return a document ready for decisions; one that cannot be read is treated as not known."""
    if isinstance(document, MalformedPolicy):
        return UnreadPolicy(name, document.problem)
    return CompiledPolicy(name, document, refused=refused)


# What a key that stands twice in a statement means is recorded for these alone (iam-evaluation 1.1).
_RECORDED_TWICE = frozenset({"Sid", "Effect", "Action", "Resource"})


def _leaves_open(doubled: Path, statement: Path) -> bool:
    """Return whether a key that stands twice makes it unclear what a statement says."""
    if len(doubled) == 1:
        return doubled[0] != "Id"
    return doubled[: len(statement)] == statement and doubled[len(statement)] not in _RECORDED_TWICE
