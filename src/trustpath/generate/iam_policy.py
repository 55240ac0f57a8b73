"""The least identity policy that covers the calls that CloudTrail recorded of a role."""

from collections.abc import Iterable

from msgspec import Struct

from trustpath.engine.iam.recorded_calls import is_known, recorded_action
from trustpath.engine.iam.service_reference import takes_no_resource
from trustpath.facts.cloudtrail import RecordedCall

MOST_ARNS = 8
"""More objects than these of one bucket become the prefix that they share."""
_OBJECT_ACTIONS = ("Object", "MultipartUpload")


class WrittenPolicy(Struct, frozen=True):
    """The document, and what it cannot say: calls of which IAM has no such action, calls without a resource."""

    document: dict[str, object]
    calls: int
    unknown: tuple[str, ...]
    unnamed: tuple[str, ...]
    refused: tuple[str, ...]
    widened: tuple[str, ...]


def iam_policy(calls: Iterable[RecordedCall], role: str) -> WrittenPolicy:
    """Return the policy for a role's calls: ``role`` is its ARN or its name, empty for all that was recorded."""
    used: dict[str, set[str]] = {}
    unknown: dict[str, None] = {}
    unnamed: dict[str, None] = {}
    refused: dict[str, None] = {}
    count = 0
    for call in calls:
        if role and role not in (call.principal, call.principal.rpartition("/")[2]):
            continue
        count += 1
        action = recorded_action(call.source, call.name)
        if not is_known(action):
            unknown[f"{call.source} {call.name}"] = None
        elif call.refused:
            refused[action] = None
        elif takes_no_resource(action):
            used.setdefault(action, set()).add("*")
        else:
            arns = _arns(action, call)
            if not arns:
                unnamed[action] = None
            used.setdefault(action, set()).update(arns or {"*"})
    widened: dict[str, None] = {}
    by_resources: dict[tuple[str, ...], list[str]] = {}
    for action, arns in sorted(used.items()):
        by_resources.setdefault(_generalised(action, arns, widened), []).append(action)
    statements: list[dict[str, object]] = [
        {"Effect": "Allow", "Action": actions, "Resource": list(resources)}
        for resources, actions in sorted(by_resources.items())
    ]
    document: dict[str, object] = {"Version": "2012-10-17", "Statement": statements}
    return WrittenPolicy(document, count, tuple(unknown), tuple(unnamed), tuple(refused), tuple(widened))


def _arns(action: str, call: RecordedCall) -> set[str]:
    """Return the ARNs that a call is about: of S3's bucket and object the one that the action takes."""
    if not action.startswith("s3:"):
        return set(call.arns)
    of_object = any(word in action for word in _OBJECT_ACTIONS)
    objects = {arn for arn in call.arns if "/" in arn}
    buckets = {arn for arn in call.arns if "/" not in arn}
    if of_object:
        if not objects and call.bucket and call.key:
            objects = {f"{_bucket_arn(call)}/{call.key}"}
        # DeleteObjects names the bucket alone.
        return objects or {f"{arn}/*" for arn in buckets or ({_bucket_arn(call)} if call.bucket else set())}
    return buckets or ({_bucket_arn(call)} if call.bucket else set())


def _bucket_arn(call: RecordedCall) -> str:
    """Return the ARN of the bucket that a call names, in the partition of who made it."""
    partition = call.principal.split(":")[1] if call.principal.startswith("arn:") else "aws"
    return f"arn:{partition}:s3:::{call.bucket}"


def _generalised(action: str, arns: set[str], widened: dict[str, None]) -> tuple[str, ...]:
    """Return the resources of an action: many objects of a bucket as the folder that they share."""
    if "*" in arns:
        return ("*",)
    if len(arns) <= MOST_ARNS or not action.startswith("s3:"):
        return tuple(sorted(arns))
    folders: dict[str, set[str]] = {}
    for arn in arns:
        folders.setdefault(arn.partition("/")[0], set()).add(arn)
    found = []
    for bucket, names in sorted(folders.items()):
        if len(names) == 1:
            found.append(next(iter(names)))
            continue
        shared = _shared(sorted(names))
        found.append(f"{shared[: shared.rfind('/') + 1] or bucket + '/'}*")
        widened[f"{action}: {len(names)} objects became {found[-1]}"] = None
    return tuple(found)


def _shared(names: list[str]) -> str:
    first, last = names[0], names[-1]
    length = next((index for index, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    return first[:length]
