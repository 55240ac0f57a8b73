"""The program that the kubeconfig runs for a token is missing, too old, or finds no credentials.

What: looks at the kubeconfig's plugin, and takes the client's word.
Why it denies: without a token nothing is asked of the cluster (T7, K5).
Not a problem when: it works by hand: then the client runs in another environment.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.links import Finding
from trustpath.paths.principal_to_cluster.client import GONE_API_VERSION
from trustpath.paths.principal_to_cluster.symptoms import at_message, confidence
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk


@cause("client")
def check(walk: PrincipalWalk) -> Iterator[Diagnosis]:
    """Hold for a plugin of a version that is gone, and where a message says that it failed."""
    found = walk.kubeconfig
    plugin = found.value.plugin if found else None
    cluster = (plugin.cluster_name if plugin else "") or walk.cluster_name or "CLUSTER"
    if found is not None and plugin is not None and plugin.api_version == GONE_API_VERSION:
        place = found.source.at("users", found.value.user_position, "user", "exec", "apiVersion")
        yield Diagnosis(
            confidence="certain",
            title=f"the kubeconfig speaks to its plugin in `{plugin.api_version}`, which kubectl has given up",
            explanation="Clients from Kubernetes 1.24 on do not know that version any more.",
            evidence=(Finding(place, plugin.api_version, "gone since 1.24"),),
            expected="client.authentication.k8s.io/v1beta1",
            got=plugin.api_version,
            symptom=f'exec plugin: invalid apiVersion "{plugin.api_version}"',
            help=("write the kubeconfig anew, with a current AWS CLI:", f"aws eks update-kubeconfig --name {cluster}"),
        )
        return
    sure = confidence(walk, "credential-plugin-failing")
    if sure is None or walk.symptom is None:
        return
    yield Diagnosis(
        confidence=sure,
        title=walk.symptom.says,
        explanation="The client runs a program for each token; what it prints on standard error says more.",
        evidence=(at_message(walk, ""),),
        symptom=walk.symptom.text.strip()[:200],
        help=(f"look at: {walk.symptom.check}", f"aws eks get-token --cluster-name {cluster}"),
    )
