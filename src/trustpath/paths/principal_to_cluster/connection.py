"""The link of the network: the endpoint answers, with a certificate that the client trusts (K8, K9)."""

import base64
import binascii

from trustpath.paths.links import Finding, LinkResult, broken, ok
from trustpath.paths.principal_to_cluster.symptoms import blamed
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk


def follow(walk: PrincipalWalk) -> LinkResult:
    """Return what this link found."""
    if (by_message := blamed(walk, "connection")) is not None:
        return by_message
    found = walk.kubeconfig
    if found is None or walk.cluster is None or not walk.cluster.value.endpoint:
        return LinkResult("not-applicable", "no kubeconfig was read to compare with the cluster")
    config, cluster = found.value, walk.cluster.value
    place = found.source.at("clusters", config.position, "cluster")
    if not walk.has_endpoint(config):
        return LinkResult("not-applicable", f"the kubeconfig is for {config.server}, not for this cluster")
    ours, theirs = _certificate(config.certificate_authority), _certificate(cluster.certificate_authority)
    if ours and theirs and ours != theirs:
        return broken(
            "the kubeconfig carries the certificate authority of another cluster",
            Finding(place.at("certificate-authority-data"), "", "not this cluster's"),
            expected="certificateAuthority.data of aws eks describe-cluster",
            got="another certificate",
        )
    return ok("the kubeconfig has the endpoint of this cluster", Finding(place.at("server"), config.server))


def _certificate(data: str) -> bytes:
    """Return a certificate, empty where the text is none: only real ones can be compared."""
    try:
        decoded = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return decoded.strip() if b"BEGIN CERTIFICATE" in decoded else b""
