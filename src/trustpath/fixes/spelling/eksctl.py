"""Changes as commands of eksctl, for what it has commands of its own."""

from shlex import quote

from trustpath.engine.sts import DEFAULT_AUDIENCE
from trustpath.model.fact import Known
from trustpath.model.fix import Change, CreateAccessEntry, CreateAssociation, CreateProvider, PatchMapping
from trustpath.model.snapshot import Snapshot


def spell(change: Change, after: Snapshot, cluster: str) -> str:
    """Return the command, empty for none."""
    of_cluster = f"--cluster {quote(cluster or 'NAME')}"
    match change:
        case CreateProvider(arn, client_ids) if client_ids == (DEFAULT_AUDIENCE,):
            found = after.aws.cluster(cluster)
            own = found.value.value.arn.split(":")[4:5] if isinstance(found, Known) else []
            # It makes the provider in the cluster's account, for STS's usual audience.
            return (
                f"eksctl utils associate-iam-oidc-provider {of_cluster} --approve" if arn.split(":")[4:5] == own else ""
            )
        case CreateAssociation(_, namespace, account, role):
            return (
                f"eksctl create podidentityassociation {of_cluster} --namespace {quote(namespace)} "
                f"--service-account-name {quote(account)} --role-arn {quote(role)}"
            )
        case PatchMapping(_, None, arn, username, groups):
            named = "".join(f" --group {quote(group)}" for group in groups or ())
            user = f" --username {quote(username)}" if username else ""
            return f"eksctl create iamidentitymapping {of_cluster} --arn {quote(arn)}{user}{named}"
        case CreateAccessEntry(_, principal, groups):
            named = f" --kubernetes-groups {quote(','.join(groups))}" if groups else ""
            named += f" --type {change.type}" if change.type != "STANDARD" else ""
            return f"eksctl create accessentry {of_cluster} --principal-arn {quote(principal)}{named}"
        case _:
            return ""
