"""What may make a role's trust policy admit the pod: the statement that comes nearest, mended, or one more."""

from collections.abc import Iterator, Mapping

import msgspec

from trustpath.engine import sts
from trustpath.engine.eks import pod_identity
from trustpath.engine.iam.near_misses import ActionMiss, ConditionMiss, PrincipalMiss, StatementResult
from trustpath.engine.iam.wildcards import has_wildcard
from trustpath.fixes.repairs import role_arn
from trustpath.model.fact import Absent
from trustpath.model.fix import Candidate, Operation, PatchTrustPolicy
from trustpath.model.iam import Role
from trustpath.model.policy import Condition, PolicyDocument, PrincipalEntry, Text
from trustpath.paths.pod_to_aws.trust_misses import Subject, fits, foreign_keys, names_cluster_provider
from trustpath.paths.pod_to_aws.walk import TrustVerdict, Walk


def repair(walk: Walk) -> Iterator[Candidate]:
    """Yield what may make the role trust the pod, the narrowest first."""
    if walk.pod_identity_trust is not None:
        yield from _for_pod_identity(walk)
        return
    verdict = walk.trust
    if verdict is None:
        yield from role_arn.repair(walk)  # a message says that it is not the role that was meant
        return
    role = verdict.role.value
    if verdict.nearest is not None and verdict.decision.result != "explicitly-denied":
        for title, operations in _mended(walk, verdict, verdict.nearest):
            yield Candidate(title, (PatchTrustPolicy(role.arn, tuple(operations)),))
    call = verdict.call
    if call.provider is None or call.provider.account != call.role.account or not walk.audience:
        return
    conditions = {"StringEquals": {f"{call.issuer}:aud": call.audience, f"{call.issuer}:sub": call.subject}}
    yield _one_more(
        role,
        {
            "Effect": "Allow",
            "Principal": {"Federated": str(call.provider)},
            "Action": sts.ACTION,
            "Condition": conditions,
        },
        f"let one more statement of the trust policy of {role.name} admit {call.subject}",
    )


def _for_pod_identity(walk: Walk) -> Iterator[Candidate]:
    verdict = walk.pod_identity_trust
    assert verdict is not None  # noqa: S101  # the caller has looked
    role = verdict.role.value
    for action, decision in verdict.decisions.items():
        if decision.result in ("allowed", "explicitly-denied"):
            continue
        of_service = [
            result
            for result in decision.near_misses
            if any(entry.value == pod_identity.SERVICE for entry in result.statement.principals or ())
        ]
        for result in sorted(of_service, key=lambda item: item.distance):
            gone: list[Condition] = []
            operations = [operation for miss in result.misses for operation in _generic(miss, result, action, gone)]
            if operations:
                title = (
                    f"let the statement for {pod_identity.SERVICE} in the trust policy of {role.name} allow {action}"
                )
                yield Candidate(title, (PatchTrustPolicy(role.arn, tuple(operations)),))
        break
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": pod_identity.SERVICE},
        "Action": [pod_identity.ASSUME_ROLE, pod_identity.TAG_SESSION],
    }
    yield _one_more(role, statement, f"let role {role.name} trust {pod_identity.SERVICE}")


def _generic(miss: object, result: StatementResult, action: str, gone: list[Condition]) -> Iterator[Operation]:
    if isinstance(miss, ActionMiss) and not miss.negated:
        yield from _with_value(miss.actions, action, replace=False)
    elif isinstance(miss, ConditionMiss):
        yield _without(miss.condition, result, gone)


def _one_more(role: Role, statement: Mapping[str, object], title: str) -> Candidate:
    assert isinstance(role.trust, PolicyDocument)  # noqa: S101  # it was decided
    document = msgspec.json.decode(role.trust.text)
    present = document.get("Statement")
    operation = (
        Operation("add", ("Statement", "-"), statement)
        if isinstance(present, list)
        else Operation(
            "replace" if present else "add", ("Statement",), [present, statement] if present else [statement]
        )
    )
    return Candidate(title, (PatchTrustPolicy(role.arn, (operation,)),))


def _mended(walk: Walk, verdict: TrustVerdict, nearest: StatementResult) -> Iterator[tuple[str, list[Operation]]]:
    """Yield titles and operations that make a statement apply, each in the narrowest way and then in others."""
    call, name = verdict.call, verdict.role.value.name
    operations: list[Operation] = []
    wider: list[Operation] = []
    done: list[str] = []
    gone: list[Condition] = []
    foreign = {key.miss.condition.path: key for key in foreign_keys(verdict)}
    for miss in nearest.misses:
        match miss:
            case PrincipalMiss():
                found = _principal(walk, verdict, miss.entries)
                if found is None:
                    return
                operations.append(found)
                wider.append(found)
                done.append("name the cluster's provider")
            case ActionMiss(actions, negated):
                if negated:
                    return
                federated = all(entry.kind == "Federated" for entry in nearest.statement.principals or ())
                found_actions = list(_with_value(actions, sts.ACTION, replace=federated and len(actions) == 1))
                operations += found_actions
                wider += found_actions
                done.append(f"allow {sts.ACTION}")
            case ConditionMiss(condition):
                key = foreign.get(condition.path)
                if key is not None:
                    renamed = _renamed(condition, nearest, gone, f"{call.issuer}:{key.claim}", _claim(call, key.claim))
                    operations += renamed
                    wider += renamed
                    done.append(f"compare {call.issuer}:{key.claim}")
                elif claim := _claim_of(condition, call):
                    value = _claim(call, claim)
                    operations += _compared(walk, condition, claim, value)
                    pattern = _as_pattern(condition, nearest, gone, value)
                    wider += pattern or _compared(walk, condition, claim, value)
                    done.append(f"let the condition on {claim} admit {value}")
                else:
                    operation = _without(condition, nearest, gone)
                    operations.append(operation)
                    wider.append(operation)
                    done.append(f"do not ask for {condition.key}")
            case _:
                return
    if operations:
        yield f"in the trust policy of {name}, {', and '.join(done)}", operations
    if wider != operations:
        yield f"in the trust policy of {name}, compare the pattern with StringLike", wider


def _principal(walk: Walk, verdict: TrustVerdict, entries: tuple[PrincipalEntry, ...]) -> Operation | None:
    """Return how to name the cluster's provider in place of one that is not there and is meant to be it."""
    provider = verdict.call.provider
    if provider is None or provider.account != verdict.call.role.account:
        return None
    meant = [entry for entry in entries if names_cluster_provider(entry, verdict.call, walk.snapshot.aws)]
    if len(meant) != 1 or not meant[0].path:
        return None
    known = {str(item.value) for item in walk.snapshot.aws.listed_providers()}
    if meant[0].value in known and meant[0].value != str(provider):
        return None  # another cluster's: its pods would lose the role
    return Operation("replace", meant[0].path, str(provider))


def _claim_of(condition: Condition, call: sts.WebIdentityCall) -> str:
    """Return which claim of the issuer a condition compares, empty for another key or an operator that is none."""
    operator = condition.operator.removeprefix("ForAnyValue:").removeprefix("ForAllValues:").removesuffix("IfExists")
    if not operator.startswith("String") or operator.startswith("StringNot") or not condition.values:
        return ""
    for claim in ("sub", "aud"):
        if condition.key.lower() == f"{call.issuer}:{claim}".lower():
            return claim
    return ""


def _claim(call: sts.WebIdentityCall, claim: str) -> str:
    return call.subject if claim == "sub" else call.audience


def _compared(walk: Walk, condition: Condition, claim: str, value: str) -> Iterator[Operation]:
    """Yield how a comparison comes to hold: a value that is for nobody is replaced, one for somebody stays."""
    nobody = [text for text in condition.values if claim == "aud" or _is_for_nobody(walk, text.value)]
    if claim == "aud" or len(condition.values) == 1:
        nobody = nobody[:1]
    if len(nobody) == 1 and claim == "sub":
        yield Operation("replace", nobody[0].path, value)
        return
    if claim == "aud" and len(condition.values) == 1 and condition.values[0].value.strip() != "sts.amazonaws.com":
        yield Operation("replace", condition.values[0].path, value)
        return
    yield from _with_value(condition.values, value, replace=False)


def _is_for_nobody(walk: Walk, text: str) -> bool:
    """Return whether a value is no subject, or that of a service account that is not there."""
    subject = Subject.parse(text)
    if subject is None:
        return True
    if has_wildcard(text):
        return fits(text, walk.subject)  # with another operator it was meant for this one
    fact = walk.snapshot.kubernetes.service_account(subject.namespace, subject.name)
    return isinstance(fact, Absent) and not fact.implied  # a dump's silence displaces nobody


def _as_pattern(condition: Condition, nearest: StatementResult, gone: list[Condition], value: str) -> list[Operation]:
    """Return how a value with wildcards that was compared letter by letter becomes a pattern; none for others."""
    if condition.operator != "StringEquals" or not any(
        has_wildcard(text.value) and fits(text.value, value) for text in condition.values
    ):
        return []
    return [
        _without(condition, nearest, gone),
        *_put(nearest, gone, "StringLike", condition.key, [text.value for text in condition.values]),
    ]


def _renamed(
    condition: Condition, nearest: StatementResult, gone: list[Condition], key: str, value: str
) -> list[Operation]:
    """Return how a condition gets another key: the values are kept where one of them fits."""
    values = [text.value for text in condition.values]
    kept = values if any(fits(text, value) for text in values) else [value]
    return [
        _without(condition, nearest, gone),
        *_put(nearest, gone, condition.operator, key, kept),
    ]


def _put(
    nearest: StatementResult, gone: list[Condition], operator: str, key: str, values: list[str]
) -> Iterator[Operation]:
    """Yield how a comparison is put beside what stays after some were taken out."""
    value: object = values[0] if len(values) == 1 else values
    here = (*nearest.statement.path, "Condition")
    left = [other for other in nearest.statement.conditions if other not in gone]
    if any((other.operator, other.key) == (operator, key) for other in left):
        return
    if not left:
        yield Operation("add", here, {operator: {key: value}})
    elif any(other.operator == operator for other in left):
        yield Operation("add", (*here, operator, key), value)
    else:
        yield Operation("add", (*here, operator), {key: value})


def _without(condition: Condition, nearest: StatementResult, gone: list[Condition]) -> Operation:
    """Return how a condition goes, with the operator or the whole block where it was the last one there."""
    gone.append(condition)
    left = [other for other in nearest.statement.conditions if other not in gone]
    if not left:
        return Operation("remove", (*nearest.statement.path, "Condition"))
    if all(other.operator != condition.operator for other in left):
        return Operation("remove", condition.path[:-1])
    return Operation("remove", condition.path)


def _with_value(values: tuple[Text, ...], value: str, *, replace: bool) -> Iterator[Operation]:
    """Yield how a value comes to a text or a list of texts."""
    if not values:
        return
    first = values[0].path
    in_list = isinstance(first[-1], int)
    if replace:
        yield Operation("replace", first, value)
    elif in_list:
        yield Operation("add", (*first[:-1], "-"), value)
    else:
        yield Operation("replace", first, [values[0].value, value])
