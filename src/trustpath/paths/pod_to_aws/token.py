"""The sixth link: the file that the container reads holds a token that is meant for STS."""

from trustpath.engine import sts, webhook
from trustpath.engine.iam.three_valued import Truth
from trustpath.engine.projected_token import readable, token_file
from trustpath.model.fact import Known
from trustpath.model.trace import Need
from trustpath.paths.links import NOT_REACHED, Finding, LinkResult, broken, ok, unknown
from trustpath.paths.pod_to_aws.walk import Walk


def follow(walk: Walk) -> LinkResult:
    """Return what this link found."""
    named = walk.credentials
    if walk.spec is None or walk.container is None or named is None or not named.web_identity:
        predicted = webhook.injection(walk.account.value.metadata, walk.metadata) if walk.account else None
        if predicted is None:
            return NOT_REACHED
        walk.audience = predicted.audience
        return ok(f"a projected token with audience {predicted.audience} would be mounted")
    found = token_file(walk.spec, walk.container, named.token_file)
    walk.token = found
    place = walk.variable_source(webhook.TOKEN_VARIABLE)
    evidence = [Finding(place, named.token_file, "the token file")] if place else []
    if walk.spec_source and found.source >= 0:
        volume = walk.spec_source.at("volumes", found.volume, "projected", "sources", found.source)
        key = ("serviceAccountToken", "audience") if found.audience else ("serviceAccountToken",)
        evidence.insert(0, Finding(volume.at(*key), found.audience, "audience"))
    if found.kind == "missing":
        return broken(f"nothing is mounted at {named.token_file}", *evidence, expected="a token file", got="no file")
    if found.kind == "other":
        return unknown(
            f"{named.token_file} comes from a volume of another kind",
            Need("the claims of the token in that file", "trustpath reads them from a copy of the file"),
            evidence=evidence,
        )
    if found.kind == "legacy" or not found.audience:
        return broken(
            "the token in that file is meant for the Kubernetes API, not for STS",
            *evidence,
            expected=f"a projected token with audience {sts.DEFAULT_AUDIENCE}",
            got="a token without audience" if found.kind == "legacy" else "a token for the API server",
        )
    walk.audience = found.audience
    if (may_read := _may_read(walk)) is not True:
        says = "the container's user cannot read the token file: it belongs to root before Kubernetes 1.19"
        if may_read is False:
            return broken(says, *evidence, expected="securityContext.fsGroup on the pod", got="no fsGroup")
        return unknown(
            "whether the container's user may read the token file depends on the Kubernetes version and the user",
            _reader_need(walk),
            evidence=evidence,
        )
    return ok(f"projected, audience {found.audience}, {found.expiration} s", *evidence)


def _may_read(walk: Walk) -> Truth:
    assert walk.spec is not None  # noqa: S101  # the caller checked
    assert walk.container is not None  # noqa: S101
    return readable(walk.spec, walk.container, kubernetes_version(walk))


def kubernetes_version(walk: Walk) -> str:
    """Return the version of the pod's kubelet, else the cluster's, empty when neither was read."""
    if walk.spec and walk.spec.node_name:
        node = walk.snapshot.object("Node", "", walk.spec.node_name)
        if isinstance(node, Known) and node.value.value.status and node.value.value.status.node_info:
            return str(node.value.value.status.node_info.kubelet_version)
    cluster = walk.snapshot.cluster(walk.question.cluster)
    return cluster.value.value.version if isinstance(cluster, Known) else ""


def _reader_need(walk: Walk) -> Need:
    if not kubernetes_version(walk):
        node = walk.spec.node_name if walk.spec and walk.spec.node_name else "NODE"
        return Need("the Kubernetes version of the pod's node", f"kubectl get node {node} -o yaml")
    command = f"kubectl exec {walk.metadata.name} -n {walk.namespace} -- id"
    return Need("the user that the container runs as", command)
