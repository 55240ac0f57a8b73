"""Which statement of a trust policy came nearest to admitting the pod, and what it lacked.

Nothing is read from the text a second time: all of it comes from the decision's own reasons.
"""

import difflib
from shlex import quote

from msgspec import Struct

from trustpath.engine import sts
from trustpath.engine.iam.decision import Decision
from trustpath.engine.iam.near_misses import ActionMiss, ConditionMiss, PrincipalMiss, StatementResult
from trustpath.engine.iam.wildcards import compile_pattern
from trustpath.model.arn import OidcProviderArn
from trustpath.model.aws_facts import AwsFacts
from trustpath.model.fact import Absent
from trustpath.model.policy import PrincipalEntry, Text
from trustpath.paths.pod_to_aws.walk import TrustVerdict

PREFIX = "system:serviceaccount:"


class Subject(Struct, frozen=True):
    """The two names of ``system:serviceaccount:<namespace>:<name>``; either may hold wildcards."""

    namespace: str
    name: str

    @classmethod
    def parse(cls, text: str) -> "Subject | None":
        """Return the parts, or None when the text has another form."""
        parts = text.split(":")
        if len(parts) != 4 or parts[:2] != ["system", "serviceaccount"]:
            return None
        return cls(parts[2], parts[3])


class ClaimMiss(Struct, frozen=True):
    """A condition on a claim of the cluster's own issuer that does not hold.

    ``nearest`` is the value of the condition that comes closest to ``got``.
    """

    statement: StatementResult
    miss: ConditionMiss
    claim: str
    got: str
    nearest: Text


def nearest_statement(decision: Decision, call: sts.WebIdentityCall, aws: AwsFacts) -> StatementResult | None:
    """Return the Allow statement that came nearest, None when there is none.

    A statement for the cluster's provider, however misspelt, comes before every other, and of those one that
    names the pod's subject; then the one that lacks least; of several that lack the same, the one whose
    subject looks most like the pod's. Where one admits it, or a Deny decides, no Allow has to be explained.
    """
    misses = () if decision.result in ("allowed", "explicitly-denied") else decision.near_misses
    if not misses:
        return None
    return min(
        misses,
        key=lambda result: (
            not any(names_cluster_provider(entry, call, aws) for entry in result.statement.principals or ()),
            not _names(result, call.subject),
            not any(entry.kind == "Federated" for entry in result.statement.principals or ()),
            result.distance,
            -_likeness(result, call.subject),
        ),
    )


def _subjects(result: StatementResult) -> list[str]:
    return [
        text.value
        for condition in result.statement.conditions
        if condition.key.lower().rpartition(":")[2].strip() == "sub" and "Not" not in condition.operator
        for text in condition.values
    ]


def _names(result: StatementResult, subject: str) -> bool:
    """Return whether a statement is meant for this subject: it names it, whatever else is wrong there."""
    return any(value == subject or (Subject.parse(value) and fits(value, subject)) for value in _subjects(result))


def _likeness(result: StatementResult, subject: str) -> float:
    return max((difflib.SequenceMatcher(None, value, subject).ratio() for value in _subjects(result)), default=0.0)


def principal_miss(verdict: TrustVerdict) -> PrincipalMiss | None:
    """Return the miss of the nearest statement when its principal surely is somebody else."""
    nearest = verdict.nearest
    misses = nearest.misses if nearest else ()
    return next((miss for miss in misses if isinstance(miss, PrincipalMiss) and miss.truth is False), None)


def action_miss(verdict: TrustVerdict) -> ActionMiss | None:
    """Return the miss of the nearest statement when its principal may fit and its action does not."""
    nearest = verdict.nearest
    if nearest is None or principal_miss(verdict):
        return None
    return next((miss for miss in nearest.misses if isinstance(miss, ActionMiss)), None)


def condition_misses(verdict: TrustVerdict) -> tuple[ConditionMiss, ...]:
    """Return the conditions that fail in the nearest statement, when only conditions fail there."""
    nearest = verdict.nearest
    if nearest is None or any(not isinstance(miss, ConditionMiss) for miss in nearest.misses):
        return ()
    return tuple(miss for miss in nearest.misses if isinstance(miss, ConditionMiss) and miss.truth is False)


def claim_misses(verdict: TrustVerdict, claim: str) -> tuple[ClaimMiss, ...]:
    """Return the failing comparisons of one claim (``sub`` or ``aud``) of the cluster's own issuer."""
    nearest = verdict.nearest
    got = verdict.call.subject if claim == "sub" else verdict.call.audience
    key = f"{verdict.call.issuer}:{claim}".lower()
    found = []
    for miss in condition_misses(verdict):
        condition = miss.condition
        operator = condition.operator.removeprefix("ForAnyValue:").removeprefix("ForAllValues:")
        positive = operator.startswith("String") and not operator.startswith("StringNot")
        if nearest is not None and condition.key.lower() == key and positive and condition.values:
            value = max(condition.values, key=lambda text: _closeness(text.value, got))
            found.append(ClaimMiss(nearest, miss, claim, got, value))
    return tuple(found)


def _closeness(value: str, got: str) -> tuple[bool, bool, float]:
    ratio = difflib.SequenceMatcher(None, value, got).ratio()
    wanted, actual = Subject.parse(value), Subject.parse(got)
    if wanted is None or actual is None:
        return False, False, ratio
    same_namespace, same_name = fits(wanted.namespace, actual.namespace), fits(wanted.name, actual.name)
    return same_namespace or same_name, same_namespace and same_name, ratio


def update_commands(role: str) -> tuple[str, str, str]:
    """Return the commands by which a trust policy is edited."""
    name = quote(role)
    return (
        f"aws iam get-role --role-name {name} --query Role.AssumeRolePolicyDocument > trust.json",
        "edit trust.json, then",
        f"aws iam update-assume-role-policy --role-name {name} --policy-document file://trust.json",
    )


def fits(pattern: str, text: str) -> bool:
    """Return whether a text fits a value read as a pattern."""
    return compile_pattern(pattern).matches(text)


class ForeignKey(Struct, frozen=True):
    """A failing condition whose key is meant to be a claim of the issuer and is not.

    ``claim`` is ``sub`` or ``aud``, by the key or else by its value. ``another_issuer`` tells that the key is
    a whole other issuer's: the statement demands several issuers at once.
    """

    miss: ConditionMiss
    claim: str
    another_issuer: bool


def foreign_keys(verdict: TrustVerdict) -> tuple[ForeignKey, ...]:
    """Return the failing conditions on keys that should be the issuer's and are not (S10)."""
    nearest = verdict.nearest
    issuer = verdict.call.issuer.lower()
    if nearest is None or not issuer:
        return ()
    own = {
        condition.key.lower().rpartition(":")[2]
        for condition in nearest.statement.conditions
        if condition.key.lower().rpartition(":")[0] == issuer
    }
    found = []
    for miss in condition_misses(verdict):
        claim = meant_claim(miss, issuer)
        if claim:
            prefix = miss.condition.key.lower().rpartition(":")[0]
            found.append(ForeignKey(miss, claim, _is_another_issuer(prefix, issuer, nearest, claim in own)))
    return tuple(found)


def _is_another_issuer(prefix: str, issuer: str, nearest: StatementResult, beside_own: bool) -> bool:
    """Return whether a key's name is a whole other issuer, and not a slip in the cluster's own."""
    named = {
        arn.issuer.lower()
        for entry in nearest.statement.principals or ()
        if (arn := OidcProviderArn.parse(entry.value)) and arn.issuer.lower() != issuer
    }
    if prefix in named:
        return True
    # Beside the same claim of the own issuer, in the same form: host, and as many parts of a path.
    same_form = prefix.count("/") == issuer.count("/") and not prefix.endswith("/") and "." in prefix.partition("/")[0]
    return beside_own and same_form and "://" not in prefix


_AWS_KEYS = ("aws:", "sts:", "iam:", "saml:", "ec2:")


def meant_claim(miss: ConditionMiss, issuer: str) -> str:
    """Return which claim a condition's key is meant to be, empty when it is the right key or another one's."""
    key = miss.condition.key.lower()
    prefix, _, claim = (part.strip() for part in key.rpartition(":"))
    if key.startswith(_AWS_KEYS) or key in (f"{issuer}:sub", f"{issuer}:aud"):
        return ""
    if claim in ("sub", "aud"):
        return claim
    host = issuer.partition("/")[0]
    nearly = prefix == issuer and difflib.get_close_matches(claim, ("sub", "subject", "aud", "audience"), cutoff=0.7)
    if not nearly and not (prefix != issuer and host in key):
        return ""
    values = [text.value for text in miss.condition.values]
    return "sub" if any(value.startswith("system:serviceaccount") for value in values) else "aud"


def names_cluster_provider(entry: PrincipalEntry, call: sts.WebIdentityCall, aws: AwsFacts) -> bool:
    """Return whether a principal is meant to be an OIDC provider of the cluster's kind.

    A provider that looks nothing like the cluster's (GitHub's, say) is meant for somebody else, unless the
    account's list shows that it does not exist. Without the cluster's issuer any provider may be meant.
    """
    if entry.kind != "Federated":
        return False
    wanted = call.provider
    named = OidcProviderArn.parse(entry.value)
    if wanted is None:
        return named is not None
    if named is None:
        # A URL or a host in place of the ARN; SAML providers and the built-in hosts are other callers.
        return wanted.issuer.partition("/")[0] in entry.value
    if difflib.SequenceMatcher(None, named.issuer.lower(), wanted.issuer.lower()).ratio() > 0.6:
        return True
    return isinstance(aws.oidc_provider(named), Absent)
