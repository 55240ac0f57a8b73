"""The role's account has no IAM OIDC provider for the cluster's issuer.

What: compares the cluster's issuer, byte for byte, with the providers of the role's account (O1, O7).
Why it denies: STS cannot check who signed the token.
Not a problem when: the list was made in another account than the role's.
"""

from collections.abc import Iterator
from shlex import quote

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.messages.sts import no_provider
from trustpath.model.fact import Absent, Known
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.walk import Walk


@cause("oidc-provider")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the account's list does not have the issuer."""
    if walk.role_arn is None or walk.issuer is None:
        return
    provider = walk.role_call(walk.role_arn).provider
    if provider is None or not isinstance(walk.snapshot.aws.oidc_provider(provider), Absent):
        return
    others = [item for item in walk.snapshot.aws.listed_providers() if item.value.account == provider.account]
    cluster = walk.snapshot.aws.cluster(walk.question.cluster)
    commands = [
        f"aws iam create-open-id-connect-provider --url {quote(walk.issuer.value)} --client-id-list sts.amazonaws.com"
    ]
    elsewhere = isinstance(cluster, Known) and f":{provider.account}:" not in cluster.value.value.arn
    if elsewhere:
        commands[0] += f"   # with credentials of account {provider.account}, the role's"
    if isinstance(cluster, Known) and not elsewhere:
        name = quote(cluster.value.value.name)
        commands[0] = f"or: {commands[0]}"
        commands.insert(0, f"eksctl utils associate-iam-oidc-provider --cluster {name} --approve")
    yield Diagnosis(
        confidence="certain",
        title=f"account `{provider.account}` has no OIDC provider for this cluster's issuer",
        explanation=f"The account has {_count(len(others))}. A cluster that is made anew has another issuer.",
        evidence=(
            Finding(walk.issuer.source, walk.issuer.value, "the cluster's issuer"),
            *(Finding(item.source, str(item.value), "another issuer") for item in others[:3]),
        ),
        expected=str(provider),
        got="no such provider",
        symptom=no_provider(walk.issuer.value),
        help=tuple(commands),
    )


def _count(others: int) -> str:
    if not others:
        return "no OIDC provider at all"
    return f"{others} OIDC provider{'s' if others > 1 else ''} for other issuers"
