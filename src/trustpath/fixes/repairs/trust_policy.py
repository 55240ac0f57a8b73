"""What may make a role's trust policy admit the pod: the statement that comes nearest, mended, or one more.

A mended statement keeps what it asks for besides: a condition that nobody can judge stays (then nothing is proven), and
one more statement carries the conditions of the one that came nearest.
"""

from collections.abc import Iterator, Mapping

import msgspec
from msgspec import Struct

from trustpath.engine import sts
from trustpath.engine.eks import pod_identity
from trustpath.engine.iam.near_misses import ActionMiss, ConditionMiss, Miss, PrincipalMiss, StatementResult
from trustpath.engine.iam.request import Present
from trustpath.engine.iam.wildcards import has_wildcard
from trustpath.fixes.repairs import role_arn
from trustpath.fixes.repairs.statements import ConditionBlock, with_value
from trustpath.model.arn import OidcProviderArn
from trustpath.model.fact import Absent
from trustpath.model.fix import Candidate, Operation, PatchTrustPolicy
from trustpath.model.iam import Role
from trustpath.model.policy import Condition, PolicyDocument, PrincipalEntry
from trustpath.paths.pod_to_aws.trust_misses import Subject, fits, foreign_keys, meant_claim, names_cluster_provider
from trustpath.paths.pod_to_aws.walk import TrustVerdict, Walk

_POSITIVE = ("StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike")
_CLAIMS = ("sub", "aud")


def repair(walk: Walk) -> Iterator[Candidate]:
    """Yield what may make the role trust the pod, the narrowest first."""
    if walk.pod_identity_trust is not None:
        yield from _for_pod_identity(walk)
        return
    verdict = walk.trust
    if verdict is None:
        yield from role_arn.repair(walk)  # a message says that it is not the role that was meant
        return
    role, call, nearest = verdict.role.value, verdict.call, verdict.nearest
    if verdict.decision.result == "explicitly-denied":
        return
    if nearest is not None:
        for as_pattern in (False, True):
            mended = _mended(walk, verdict, nearest, as_pattern=as_pattern)
            if mended is not None:
                yield Candidate(mended.title, (PatchTrustPolicy(role.arn, mended.operations),))
    guards = _guards(nearest)
    if call.provider is None or call.provider.account != call.role.account or not walk.audience or guards is None:
        return
    block: dict[str, dict[str, object]] = guards
    block.setdefault("StringEquals", {}).update(
        {f"{call.issuer}:aud": call.audience, f"{call.issuer}:sub": call.subject}
    )
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": str(call.provider)},
        "Action": sts.ACTION,
        "Condition": block,
    }
    yield _one_more(role, statement, f"let one more statement of the trust policy of {role.name} admit {call.subject}")


class _Mended(Struct, frozen=True):
    title: str
    operations: tuple[Operation, ...]


def _mended(walk: Walk, verdict: TrustVerdict, nearest: StatementResult, *, as_pattern: bool) -> _Mended | None:
    """Return how a statement comes to apply, None where it cannot. ``as_pattern``: with its wildcards in force."""
    call, document = verdict.call, verdict.role.value.trust
    assert isinstance(document, PolicyDocument)  # noqa: S101  # it was decided
    operations: list[Operation] = []
    done: list[str] = []
    block = ConditionBlock(document, nearest.statement)
    old_issuer = ""
    other_issuers = {key.miss.condition.path for key in foreign_keys(verdict) if key.another_issuer}
    patterns = False
    for miss in nearest.misses:
        match miss:
            case PrincipalMiss(entries):
                entry = _old_provider(walk, verdict, entries)
                if entry is None:
                    return None
                named = OidcProviderArn.parse(entry.value)
                old_issuer = named.issuer.lower() if named else ""
                operations.append(Operation("replace", entry.path, str(call.provider)))
                done.append("name the cluster's provider")
            case ActionMiss(actions, negated):
                if negated:
                    return None
                replace = (
                    len(actions) == 1 and _is_for_clusters_alone(nearest) and _means_web_identity(actions[0].value)
                )
                operations.append(with_value(actions, sts.ACTION, replace=replace))
                done.append(f"allow {sts.ACTION}")
            case ConditionMiss(condition, _, truth):
                claim = _own_claim(condition, call)
                foreign = _foreign_claim(miss, call, old_issuer)
                if truth is None or condition.path in other_issuers:
                    if truth is None:
                        continue  # nobody can judge it: it stays
                    return None
                if claim and "Not" in condition.operator:
                    return None  # somebody keeps this very account out
                if claim and condition.values:
                    value = _value(call, claim)
                    is_pattern = _is_pattern(condition, value)
                    if as_pattern and is_pattern:
                        block.drop(condition)
                        block.put("StringLike", condition.key, [text.value for text in condition.values])
                        patterns = True
                        done.append(f"read {condition.key} as a pattern")
                    else:
                        block.admit(condition, value, _nobody(walk, condition, claim))
                        done.append(f"let the condition on {claim} admit {value}")
                elif foreign:
                    value = _value(call, foreign)
                    values = [text.value for text in condition.values]
                    block.drop(condition)
                    block.put(condition.operator, f"{call.issuer}:{foreign}",
                              values if any(fits(text, value) for text in values) else [value])  # fmt: skip
                    done.append(f"compare {call.issuer}:{foreign}")
                else:
                    done.append(_satisfy(block, miss))
            case _:
                return None
    operations += block.operations()
    if not operations or as_pattern != patterns:
        return None
    return _Mended(f"in the trust policy of {verdict.role.value.name}, {', and '.join(done)}", tuple(operations))


def _satisfy(block: ConditionBlock, miss: ConditionMiss) -> str:
    """Let a condition hold for what the call has: one more value where that is possible, else without it."""
    condition = miss.condition
    plain = condition.operator.rpartition(":")[2].removesuffix("IfExists")
    if plain in _POSITIVE and isinstance(miss.got, Present) and len(miss.got.values) == 1:
        block.admit(condition, miss.got.values[0])
        return f"let {condition.key} be {miss.got.values[0]}, too"
    block.drop(condition)
    return f"do not ask for {condition.key}"


def _guards(nearest: StatementResult | None) -> dict[str, dict[str, object]] | None:
    """Return what the nearest statement asks for besides the claims, for a statement beside it.

    None where one of it surely does not hold: then a statement without it would go around it.
    """
    if nearest is None or any(isinstance(miss, PrincipalMiss) for miss in nearest.misses):
        return {}
    missed = {miss.condition.path for miss in nearest.misses if isinstance(miss, ConditionMiss) and miss.truth is False}
    found: dict[str, dict[str, object]] = {}
    for condition in nearest.statement.conditions:
        if condition.key.lower().rpartition(":")[2].strip() in _CLAIMS:
            continue
        if condition.path in missed:
            return None
        values = [text.value for text in condition.values]
        found.setdefault(condition.operator, {})[condition.key] = values[0] if len(values) == 1 else values
    return found


# EKS Pod Identity


def _for_pod_identity(walk: Walk) -> Iterator[Candidate]:
    verdict = walk.pod_identity_trust
    assert verdict is not None  # noqa: S101  # the caller has looked
    role = verdict.role.value
    assert isinstance(role.trust, PolicyDocument)  # noqa: S101  # it was decided
    if any(decision.result == "explicitly-denied" for decision in verdict.decisions.values()):
        return
    of_service: dict[tuple[object, ...], list[tuple[str, StatementResult]]] = {}
    for action, decision in verdict.decisions.items():
        for result in decision.near_misses if decision.result != "allowed" else ():
            if any(entry.value == pod_identity.SERVICE for entry in result.statement.principals or ()):
                of_service.setdefault(result.statement.path, []).append((action, result))
    for results in of_service.values():
        mended = _mended_for_service(role, role.trust, results)
        if mended is not None:
            yield Candidate(mended.title, (PatchTrustPolicy(role.arn, mended.operations),))
    guards = [_guards(result) for results in of_service.values() for _, result in results]
    if None in guards:
        return
    tags = {f"aws:RequestTag/{key}": value for key, value in _own_tags(walk).items()}
    block: dict[str, dict[str, object]] = next((found for found in guards if found), {})
    if tags and verdict.call.tags:
        block.setdefault("StringEquals", {}).update(tags)
    statement: dict[str, object] = {
        "Effect": "Allow",
        "Principal": {"Service": pod_identity.SERVICE},
        "Action": [pod_identity.ASSUME_ROLE, pod_identity.TAG_SESSION],
    }
    yield _one_more(
        role,
        {**statement, "Condition": block} if block else statement,
        f"let role {role.name} trust {pod_identity.SERVICE} for {walk.namespace}/{walk.account_name}",
    )


def _own_tags(walk: Walk) -> dict[str, str]:
    """Return the session tags by which EKS tells who calls (P8)."""
    return {"kubernetes-namespace": walk.namespace, "kubernetes-service-account": walk.account_name}


def _mended_for_service(
    role: Role, document: PolicyDocument, results: list[tuple[str, StatementResult]]
) -> _Mended | None:
    """Return how a statement for the service comes to allow both actions (P5)."""
    statement = results[0][1].statement
    block = ConditionBlock(document, statement)
    operations: list[Operation] = []
    done: list[str] = []
    seen: set[object] = set()
    texts: list[str] = []
    missing: list[str] = []
    for action, result in results:
        for miss in result.misses:
            match miss:
                case ActionMiss(actions, negated):
                    if negated or not actions:
                        return None
                    texts = [text.value for text in actions]
                    missing.append(action)
                    done.append(f"allow {action}")
                case ConditionMiss(condition, _, truth) if truth is False and condition.path not in seen:
                    seen.add(condition.path)
                    done.append(_satisfy(block, miss))
                case PrincipalMiss():
                    return None
                case _:
                    continue
    if missing:
        operations.append(Operation("replace", (*statement.path, "Action"), [*texts, *missing]))
    operations += block.operations()
    if not operations:
        return None
    title = f"in the statement for {pod_identity.SERVICE} of role {role.name}, {', and '.join(done)}"
    return _Mended(title, tuple(operations))


def _one_more(role: Role, statement: Mapping[str, object], title: str) -> Candidate:
    assert isinstance(role.trust, PolicyDocument)  # noqa: S101  # it was decided
    present = msgspec.json.decode(role.trust.text).get("Statement")
    if isinstance(present, list):
        operation = Operation("add", ("Statement", "-"), statement)
    else:
        operation = Operation(
            "replace" if present else "add", ("Statement",), [present, statement] if present else [statement]
        )
    return Candidate(title, (PatchTrustPolicy(role.arn, (operation,)),))


# What a statement means


def _old_provider(walk: Walk, verdict: TrustVerdict, entries: tuple[PrincipalEntry, ...]) -> PrincipalEntry | None:
    """Return the one principal that is meant to be the cluster's provider and is none."""
    provider = verdict.call.provider
    if provider is None or provider.account != verdict.call.role.account:
        return None
    meant = [entry for entry in entries if names_cluster_provider(entry, verdict.call, walk.snapshot.aws)]
    if len(meant) != 1 or not meant[0].path:
        return None
    known = {str(item.value) for item in walk.snapshot.aws.listed_providers()}
    if meant[0].value in known and meant[0].value != str(provider):
        return None  # another cluster's: its pods would lose the role
    return meant[0]


def _is_for_clusters_alone(nearest: StatementResult) -> bool:
    return all(
        entry.kind == "Federated" and OidcProviderArn.parse(entry.value) is not None
        for entry in nearest.statement.principals or ()
    )


def _means_web_identity(action: str) -> bool:
    """Return whether an action is of no use to tokens of a cluster, so that nobody loses it."""
    return action.lower() not in ("sts:tagsession", "sts:setsourceidentity", "sts:setcontext")


def _own_claim(condition: Condition, call: sts.WebIdentityCall) -> str:
    """Return which claim of the cluster's issuer a condition compares as a text, empty for another one."""
    if not condition.operator.rpartition(":")[2].startswith("String"):
        return ""
    key = condition.key.lower()
    return next((claim for claim in _CLAIMS if key == f"{call.issuer}:{claim}".lower()), "")


def _foreign_claim(miss: Miss, call: sts.WebIdentityCall, old_issuer: str) -> str:
    """Return which claim a key is meant to be that is not the issuer's: a slip, or the issuer before (S10, S18)."""
    if not isinstance(miss, ConditionMiss) or not call.issuer:
        return ""
    prefix, _, claim = miss.condition.key.lower().rpartition(":")
    if old_issuer and prefix == old_issuer and claim in _CLAIMS:
        return claim
    return meant_claim(miss, call.issuer.lower())


def _value(call: sts.WebIdentityCall, claim: str) -> str:
    return call.subject if claim == "sub" else call.audience


def _is_pattern(condition: Condition, value: str) -> bool:
    """Return whether a value with wildcards that would fit is compared letter by letter."""
    return condition.operator == "StringEquals" and any(
        has_wildcard(text.value) and fits(text.value, value) for text in condition.values
    )


def _nobody(walk: Walk, condition: Condition, claim: str) -> str:
    """Return the one value that stands for nobody, so that another one may take its place; empty for none."""
    found = [text.value for text in condition.values if _is_for_nobody(walk, text.value, claim)]
    return found[0] if len(found) == 1 else ""


def _is_for_nobody(walk: Walk, text: str, claim: str) -> bool:
    subject = Subject.parse(text)
    if claim == "aud":
        return subject is not None  # swapped with the subject
    if subject is None:
        return True
    if has_wildcard(text):
        return fits(text, walk.subject)  # letter by letter nobody is called so
    fact = walk.snapshot.kubernetes.service_account(subject.namespace, subject.name)
    return isinstance(fact, Absent) and not fact.implied  # a dump's silence displaces nobody
