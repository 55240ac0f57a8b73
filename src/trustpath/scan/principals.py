"""The IAM principals that a cluster's access entries and aws-auth name: does each of them get in?"""

from collections.abc import Iterator

from trustpath.model.arn import Arn
from trustpath.model.question import PrincipalToCluster
from trustpath.model.snapshot import Snapshot
from trustpath.paths.aws_auth_facts import AwsAuthFacts, find_aws_auth
from trustpath.scan.scope import Scope, Unit

_PRINCIPALS = ("role", "user")


def principals(snapshot: Snapshot, scope: Scope) -> Iterator[Unit]:
    """Yield a question for each principal of an entry. An entry whose ARN is none is one of RBAC's own users."""
    for arn, where in _named(snapshot, scope).items():
        parsed = Arn.parse(arn)
        if parsed is not None and parsed.service == "iam" and parsed.resource.partition("/")[0] in _PRINCIPALS:
            yield Unit(f"{where} {arn}", "", (), PrincipalToCluster(arn, None, scope.cluster))


def _named(snapshot: Snapshot, scope: Scope) -> dict[str, str]:
    """Return the ARNs of all entries, each with the kind of entry that names it first."""
    found: dict[str, str] = {}
    listed = snapshot.aws.listed_access_entries
    for text in listed[0] if listed else ():
        found.setdefault(text, "access entry")
        arn = Arn.parse(text)
        if arn is not None:
            snapshot.aws.access_entry(scope.cluster, arn)  # a live reader brings its username and groups
    for entry in snapshot.aws.access_entries():
        if scope.cluster in ("", entry.value.cluster) or not entry.value.cluster:
            found.setdefault(entry.value.principal_arn, "access entry")
    config = find_aws_auth(snapshot)
    if isinstance(config, AwsAuthFacts):
        for mapping in (*config.roles, *config.users):
            found.setdefault(mapping.arn, "aws-auth entry")
    return found
