"""The token was signed for another cluster.

What: compares the cluster in the plugin's arguments with the one whose endpoint is asked, and takes STS's word.
Why it denies: the name of the cluster is signed in a header, and the API server asks STS with its own (T16, T17).
Not a problem when: the endpoint is another cluster's as well: then it is the wrong cluster altogether.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.links import Finding
from trustpath.paths.principal_to_cluster.symptoms import at_message, confidence
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk


@cause("cluster-token", when_unknown=True)
def check(walk: PrincipalWalk) -> Iterator[Diagnosis]:
    """Hold for a plugin that names another cluster, and where a message says that the signature does not fit."""
    found = walk.kubeconfig
    plugin = found.value.plugin if found else None
    own = walk.cluster_name
    help_ = ("let the kubeconfig name this cluster:", f"aws eks update-kubeconfig --name {own or 'CLUSTER'}")
    if (
        found is not None
        and plugin
        and plugin.cluster_name not in ("", own)
        and walk.result("cluster-token").state == ("broken")
    ):
        named = plugin.cluster_name
        index = plugin.cluster_position
        place = found.source.at("users", found.value.user_position, "user", "exec", "args", index)
        yield Diagnosis(
            confidence="certain",
            title=f"the kubeconfig's server is cluster `{own}`, and its tokens are for `{named}`",
            explanation="STS finds that the signature is for another name, and the API server answers 401.",
            evidence=(Finding(place, plugin.arguments[index], f"expected {own}"),),
            expected=own,
            got=named,
            symptom='authenticator log: sts getCallerIdentity failed: … "SignatureDoesNotMatch"',
            help=help_,
        )
        return
    sure = confidence(walk, "token-wrong-cluster")
    if sure is not None and walk.symptom is not None:
        yield Diagnosis(
            confidence=sure,
            title="the token was signed for another cluster's name",
            explanation="The name in --cluster-name is part of the signature.",
            evidence=(at_message(walk, ""),),
            symptom=walk.symptom.text.strip()[:200],
            help=help_,
            rank=walk.symptom.causes.index("token-wrong-cluster"),
        )
