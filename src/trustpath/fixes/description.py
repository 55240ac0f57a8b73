"""Changes in one line each, as terraform plan marks them: ``+`` new, ``~`` changed, ``-`` gone."""

from collections.abc import Iterator

import msgspec

from trustpath.fixes.spelling.kubectl import pointer
from trustpath.model.fix import (
    AddClientId,
    Change,
    CreateAccessEntry,
    CreateAssociation,
    CreateObject,
    CreateProvider,
    Operation,
    PatchMapping,
    PatchObject,
    PatchTrustPolicy,
    PutRolePolicy,
    Restart,
    SetAccessEntryGroups,
    SetHopLimit,
    SetThumbprints,
)

_MARKS = {"add": "+", "replace": "~", "remove": "-"}


def describe(change: Change) -> Iterator[str]:
    """Yield a line for each thing that changes."""
    match change:
        case PatchObject(kind, namespace, name, operations):
            where = f" -n {namespace}" if namespace else ""
            yield from _operations(f"{kind.lower()}/{name}{where}", operations)
        case CreateObject():
            metadata = change.metadata
            where = f" -n {metadata['namespace']}" if metadata["namespace"] else ""
            yield f"+ {change.kind.lower()}/{metadata['name']}{where}"
        case PatchMapping(key, index, arn, username, groups):
            named = f", username {username}" if username else ""
            named += f", groups {', '.join(groups)}" if groups else ""
            yield (f"+ aws-auth {key}" if index is None else f"~ aws-auth {key} entry {index + 1}") + f": {arn}{named}"
        case Restart("CronJob", namespace, name):
            yield f"~ cronjob/{name} -n {namespace}: the pods of its next job"
        case Restart(kind, namespace, name):
            yield f"~ {kind.lower()}/{name} -n {namespace}: pods made anew"
        case PatchTrustPolicy(arn, operations):
            yield from _operations(f"trust policy of {arn.rpartition('/')[2]}", operations)
        case PutRolePolicy(arn, policy, document):
            yield f"+ policy {policy} of role {arn.rpartition('/')[2]}: {_shown(document['Statement'])}"
        case CreateProvider(arn, client_ids):
            yield f"+ {arn}, audience {', '.join(client_ids)}"
        case AddClientId(arn, client_id):
            yield f"+ audience {client_id} of {arn}"
        case SetThumbprints(arn, thumbprints):
            yield f"~ thumbprints of {arn}: {', '.join(thumbprints)}"
        case CreateAssociation(_, namespace, account, role):
            yield f"+ Pod Identity association {namespace}/{account}: {role}"
        case CreateAccessEntry(cluster, principal, groups, type_):
            named = f", in {', '.join(groups)}" if groups else ""
            yield f"+ access entry of {cluster}: {principal}, type {type_}{named}"
        case SetAccessEntryGroups(_, principal, groups):
            yield f"~ access entry {principal}: groups {', '.join(groups)}"
        case SetHopLimit(instance, limit):
            yield f"~ {instance}: hop limit {limit}"


def _operations(what: str, operations: tuple[Operation, ...]) -> Iterator[str]:
    for operation in operations:
        value = "" if operation.op == "remove" else f" = {_shown(operation.value)}"
        yield f"{_MARKS[operation.op]} {what}: {pointer(operation.path)}{value}"


def _shown(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
