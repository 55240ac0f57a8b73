"""The token is older than fifteen minutes.

What: takes the authenticator's own word, or a refusal that nothing else explains.
Why it denies: a token counts for fifteen minutes from the date that is signed in it (T3).
Not a problem when: the client makes a token for each request, as a kubeconfig's plugin does.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.links import Finding
from trustpath.paths.principal_to_cluster.symptoms import at_message, confidence
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk


@cause("cluster-token", when_unknown=True)
def check(walk: PrincipalWalk) -> Iterator[Diagnosis]:
    """Hold where a message says so; a plain 401 makes it likely where a provider's token comes from the plan."""
    sure = confidence(walk, "token-expired")
    if sure is None or walk.symptom is None:
        return
    planned = tuple(
        Finding(item.source.at("expressions", "token"), "token", "made once, when Terraform plans", key=True)
        for item in walk.snapshot.terraform_providers()
        if item.value.is_cluster_client and item.value.planned_token
    )
    yield Diagnosis(
        confidence="likely" if planned else sure,
        title="the token is older than 15 minutes",
        explanation="Terraform's data source makes its token when it plans; a plan that waits for approval, "
        "or an apply that takes long, uses an old one.",
        evidence=(at_message(walk, ""), *planned),
        symptom=walk.symptom.text.strip()[:200],
        help=(
            "make the token when it is needed: an exec section in the provider, in place of data.aws_eks_cluster_auth",
            "when was it made: trustpath token FILE",
        ),
        rank=walk.symptom.causes.index("token-expired"),
    )
