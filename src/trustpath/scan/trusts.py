"""Roles that trust the cluster's issuer for a service account that is not there."""

from collections.abc import Iterator
from shlex import quote

from trustpath.answer import DOCS, drawn
from trustpath.engine.iam.trust_subjects import named_subjects
from trustpath.facts.positions import Places
from trustpath.model.fact import Absent, Known
from trustpath.model.scan import Finding
from trustpath.model.snapshot import Snapshot
from trustpath.paths.links import Finding as Place
from trustpath.scan.scope import Scope, fingerprint

_ID = "service-account-missing"


def trusts_of_nobody(snapshot: Snapshot, places: Places, scope: Scope) -> Iterator[Finding]:
    """Yield a warning for each account that a trust policy names and the cluster does not have."""
    issuer = snapshot.issuer(scope.cluster)
    if not scope.whole or not isinstance(issuer, Known):
        return
    name = issuer.value.value.removeprefix("https://")
    for role in snapshot.aws.roles():
        for (_, _, namespace, account), path in named_subjects(role.value.trust, name):
            fact = snapshot.kubernetes.service_account(namespace, account)
            if not isinstance(fact, Absent) or fact.implied:
                continue
            subject = f"role/{role.value.name} for {namespace}/{account}"
            value = f"system:serviceaccount:{namespace}:{account}"
            place = Place(role.source.at("AssumeRolePolicyDocument", *path), value, "trusted")
            yield Finding(
                _ID,
                "warning",
                "certain",
                f"role `{role.value.name}` trusts service account `{namespace}/{account}`, which does not exist",
                subject,
                namespace,
                fingerprint(_ID, subject),
                "Whoever may create a service account of that name in that namespace gets the role.",
                evidence=(drawn(place, places),),
                expected="a service account that exists",
                got=f"{namespace}/{account}",
                help=(
                    "create the account, or take it out of the trust policy:",
                    f"aws iam get-role --role-name {quote(role.value.name)} --query Role.AssumeRolePolicyDocument",
                ),
                docs=f"{DOCS}{_ID}",
            )
