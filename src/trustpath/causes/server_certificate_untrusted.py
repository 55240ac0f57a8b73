"""The client does not trust the server's certificate: the kubeconfig carries another cluster's authority.

What: compares the certificate authority of the kubeconfig with the cluster's, and takes the client's word.
Why it denies: the client ends the connection before it asks anything; it is never a question of rights (K8).
Not a problem when: a proxy of the company signs anew, and its authority belongs into the client.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.links import Finding
from trustpath.paths.principal_to_cluster.symptoms import at_message, confidence
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk


@cause("connection")
def check(walk: PrincipalWalk) -> Iterator[Diagnosis]:
    """Hold for another authority in the kubeconfig, and where a message says so."""
    found = walk.kubeconfig
    sure = confidence(walk, "server-certificate-untrusted")
    help_ = (
        "write the kubeconfig anew: a cluster that was made again has another authority",
        f"aws eks update-kubeconfig --name {walk.cluster_name or 'CLUSTER'}",
    )
    if walk.symptom is None and found is not None:
        place = found.source.at("clusters", found.value.position, "cluster", "certificate-authority-data")
        yield Diagnosis(
            confidence="certain",
            title="the kubeconfig has the certificate authority of another cluster",
            explanation="A cluster that is made again under its name has a new authority.",
            evidence=(Finding(place, "", "not this cluster's"),),
            expected="the cluster's certificateAuthority.data",
            got="another certificate",
            symptom="x509: certificate signed by unknown authority",
            help=help_,
        )
    elif sure is not None and walk.symptom is not None:
        yield Diagnosis(
            confidence=sure,
            title=walk.symptom.says,
            explanation="The connection ends before anything is asked; IAM and RBAC play no part.",
            evidence=(at_message(walk, ""),),
            symptom=walk.symptom.text.strip()[:200],
            help=help_,
        )
