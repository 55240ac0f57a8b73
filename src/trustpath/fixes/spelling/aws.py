"""Changes as commands of the AWS CLI."""

from shlex import quote

import msgspec

from trustpath.model.fix import (
    AddClientId,
    Change,
    CreateAccessEntry,
    CreateAssociation,
    CreateProvider,
    PatchTrustPolicy,
    PutRolePolicy,
    SetAccessEntryGroups,
    SetHopLimit,
    SetThumbprints,
)
from trustpath.model.iam import Document
from trustpath.model.policy import PolicyDocument
from trustpath.model.snapshot import Snapshot


def spell(change: Change, after: Snapshot, cluster: str) -> str:
    """Return the command, empty for a change that is not of AWS; one for another account says so."""
    command = _command(change, after, cluster)
    arn = getattr(change, "role_arn", "") or getattr(change, "provider_arn", "") or getattr(change, "arn", "")
    account = arn.split(":")[4] if arn.count(":") >= 5 else ""
    if not command or after.aws.account in ("", account) or not isinstance(change, _OF_AN_ACCOUNT):
        return command
    return f"{command}   # with credentials of account {account}"


_OF_AN_ACCOUNT = PatchTrustPolicy | PutRolePolicy | CreateProvider | AddClientId | SetThumbprints


def _command(change: Change, after: Snapshot, cluster: str) -> str:
    match change:
        case PatchTrustPolicy(arn):
            name = quote(arn.rpartition("/")[2])
            document = quote(trust_of(after, arn))
            return f"aws iam update-assume-role-policy --role-name {name} --policy-document {document}"
        case PutRolePolicy(arn, policy, document):
            text = quote(msgspec.json.encode(document).decode())
            name = quote(arn.rpartition("/")[2])
            return f"aws iam put-role-policy --role-name {name} --policy-name {quote(policy)} --policy-document {text}"
        case CreateProvider(arn, client_ids):
            url = quote(f"https://{arn.partition('oidc-provider/')[2]}")
            clients = " ".join(map(quote, client_ids))
            return f"aws iam create-open-id-connect-provider --url {url} --client-id-list {clients}"
        case AddClientId(arn, client_id):
            return (
                f"aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn {quote(arn)} "
                f"--client-id {quote(client_id)}"
            )
        case SetThumbprints(arn, thumbprints):
            return (
                f"aws iam update-open-id-connect-provider-thumbprint --open-id-connect-provider-arn {quote(arn)} "
                f"--thumbprint-list {' '.join(map(quote, thumbprints))}"
            )
        case CreateAssociation(of, namespace, account, role):
            return (
                f"aws eks create-pod-identity-association --cluster-name {quote(of or cluster)} "
                f"--namespace {quote(namespace)} --service-account {quote(account)} --role-arn {quote(role)}"
            )
        case CreateAccessEntry(of, principal, groups, type_):
            named = f" --kubernetes-groups {' '.join(map(quote, groups))}" if groups else ""
            named += f" --type {type_}" if type_ != "STANDARD" else ""
            return f"aws eks create-access-entry --cluster-name {quote(of)} --principal-arn {quote(principal)}{named}"
        case SetAccessEntryGroups(of, principal, groups):
            return (
                f"aws eks update-access-entry --cluster-name {quote(of)} --principal-arn {quote(principal)} "
                f"--kubernetes-groups {' '.join(map(quote, groups))}"
            )
        case SetHopLimit(instance, limit):
            return (
                f"aws ec2 modify-instance-metadata-options --instance-id {quote(instance)} "
                f"--http-put-response-hop-limit {limit}"
            )
        case _:
            return ""


def trust_of(after: Snapshot, arn: str) -> str:
    """Return a role's trust policy as one line of JSON."""
    return next((compact(item.value.trust) for item in after.aws.roles() if item.value.arn == arn), "")


def compact(document: Document) -> str:
    """Return a policy as one line of JSON."""
    text = document.text if isinstance(document, PolicyDocument) else "{}"
    return msgspec.json.encode(msgspec.json.decode(text)).decode()
