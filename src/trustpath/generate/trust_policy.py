"""The trust policy of a role that one service account alone may assume, with the proof that no other may."""

import msgspec

from trustpath.engine import sts
from trustpath.engine.iam.decision import decide_trust
from trustpath.errors import QuestionError
from trustpath.model.arn import OidcProviderArn, RoleArn
from trustpath.model.fact import Known
from trustpath.model.policy import PolicyDocument, parse_policy
from trustpath.model.snapshot import Snapshot

_OTHERS = (("{namespace}", "{name}-other"), ("{namespace}-other", "{name}"), ("default", "default"))
"""Accounts that must not be let in."""


class TrustNotProvenError(Exception):
    """The engine does not confirm what was written: that is a mistake in here."""


def trust_policy(snapshot: Snapshot, namespace: str, name: str, cluster: str, account: str) -> dict[str, object]:
    """Return the policy document: exact subject and audience (AW-410). Raises QuestionError for what is not known.

    ``account`` is the number of the AWS account with the role; without it the one whose provider was read.
    """
    issuer = snapshot.issuer(cluster)
    if not isinstance(issuer, Known):
        raise QuestionError(
            "the issuer of the cluster's tokens is not known",
            "aws eks describe-cluster --name CLUSTER > eks-describe-cluster.json",
        )
    url = issuer.value.value.removeprefix("https://")
    provider = _provider(snapshot, url, account)
    document: dict[str, object] = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": str(provider)},
                "Action": sts.ACTION,
                "Condition": {
                    "StringEquals": {
                        f"{url}:aud": sts.DEFAULT_AUDIENCE,
                        f"{url}:sub": sts.subject(namespace, name),
                    }
                },
            }
        ],
    }
    _prove(document, provider, namespace, name)
    return document


def _provider(snapshot: Snapshot, url: str, account: str) -> OidcProviderArn:
    listed = [item.value for item in snapshot.aws.listed_providers() if item.value.issuer == url]
    found = [item for item in listed if account in ("", item.account)]
    if found:
        return found[0]
    caller = snapshot.aws.caller()
    number = account or (caller.value.account if caller is not None else "")
    if not number:
        raise QuestionError("the AWS account of the role is not known", "--account-id NUMBER")
    region = url.split(".")[2] if url.startswith("oidc.eks.") and url.count(".") > 2 else ""
    return OidcProviderArn(sts.partition_of(region), number, url)


def _prove(document: dict[str, object], provider: OidcProviderArn, namespace: str, name: str) -> None:
    """Raise TrustNotProvenError unless this account may assume the role and others may not."""
    parsed = parse_policy(msgspec.json.encode(document).decode())
    assert isinstance(parsed, PolicyDocument)  # noqa: S101  # it was written above
    role = RoleArn.parse(f"arn:{provider.partition}:iam::{provider.account}:role/any")
    assert role is not None  # noqa: S101
    others = [(home.format(namespace=namespace), other.format(name=name)) for home, other in _OTHERS]
    for account in ((namespace, name), *others):
        call = sts.WebIdentityCall(role, sts.subject(*account), provider.issuer, sts.DEFAULT_AUDIENCE)
        is_allowed = decide_trust(parsed, sts.trust_request(call)).result == "allowed"
        if is_allowed is not (account == (namespace, name)):
            raise TrustNotProvenError(f"{account[0]}/{account[1]} {'may' if is_allowed else 'may not'} assume the role")
