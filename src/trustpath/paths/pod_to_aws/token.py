"""The sixth link: the file that the container reads holds a token that is meant for STS."""

from shlex import quote

from trustpath.engine import sts, webhook
from trustpath.engine.eks import pod_identity
from trustpath.engine.projected_token import TokenFile, readable, token_file
from trustpath.model.fact import Known
from trustpath.model.kubernetes import Container, PodSpec
from trustpath.model.trace import Need
from trustpath.paths.links import NOT_REACHED, Finding, LinkResult, broken, ok, unknown
from trustpath.paths.pod_to_aws.admission import self_hosted_webhook
from trustpath.paths.pod_to_aws.walk import Walk

API_TOKEN_FILE = "/var/run/secrets/kubernetes.io/serviceaccount/token"  # noqa: S105  # a path
"""Where admission mounts the token for the Kubernetes API in every pod."""

_READABLE_FROM, _MOST_SKEW = 19, 3


def follow(walk: Walk) -> LinkResult:
    """Return what this link found."""
    named = walk.credentials
    if walk.method == "node":
        return LinkResult("not-applicable", "no token is needed for the node's role")
    if walk.method == "pod-identity":
        return _for_the_agent(walk)
    if named and named.token_hidden:
        walk.foreign_token = True
        return NOT_REACHED
    if walk.spec is None or walk.container is None or named is None or not named.web_identity:
        return _predicted(walk)
    found = token_file(walk.spec, walk.container, named.token_file)
    walk.token = found
    evidence = _evidence(walk, found, named.token_file)
    match found.kind:
        case "missing" if walk.pod is None and named.token_file == webhook.TOKEN_FILE and walk.annotated_role:
            # W8, W10: the webhook adds the volume also to a container that sets the variables itself.
            return _predicted(walk)
        case "missing" if walk.pod is None and named.token_file == API_TOKEN_FILE:
            return _projected_api_token(walk, evidence)
        case "missing":
            says = f"nothing is mounted at {named.token_file}"
            return broken(says, *evidence, expected="a token file", got="no file")
        case "secret" if is_api_token_secret(walk, found, named.token_file):
            return _api_token(walk, evidence, "a token without audience")
        case "secret" | "other":
            walk.foreign_token = True
            return unknown(
                f"{named.token_file} comes from a volume that does not show whose token it is",
                Need("the claims of the token in that file: iss, sub and aud", _show_claims(walk, named.token_file)),
                evidence=evidence,
            )
        case "projected" if not found.audience:
            return _projected_api_token(walk, evidence)
        case _ if found.audience == pod_identity.AUDIENCE:
            return broken(
                "the token in that file is meant for EKS Pod Identity, not for STS",
                *evidence,
                expected=f"a projected token with audience {sts.DEFAULT_AUDIENCE}",
                got=f"audience {found.audience}",
            )
        case _:
            walk.audience = found.audience
            return _check_permission(walk, walk.spec, walk.container, found, evidence)


def _for_the_agent(walk: Walk) -> LinkResult:
    """Return whether the file that goes to the agent holds a token for Pod Identity (W10, P12, P14)."""
    named = walk.credentials
    if walk.spec is None or walk.container is None or named is None or not named.authorization_file:
        if walk.pod is None and walk.binding is not None:
            return ok(f"a projected token with audience {pod_identity.AUDIENCE} would be mounted")
        return NOT_REACHED
    found = token_file(walk.spec, walk.container, named.authorization_file)
    walk.token = found
    place = walk.variable_source(webhook.POD_IDENTITY_VARIABLES[1])
    evidence = (Finding(place, named.authorization_file, "the token file"),) if place else ()
    if found.kind == "missing":
        says = f"nothing is mounted at {named.authorization_file}"
        return broken(says, *evidence, expected="a token file", got="no file")
    if found.kind != "projected":
        return unknown(
            f"{named.authorization_file} comes from a volume that does not show whose token it is",
            Need(
                "the claims of the token in that file: iss, sub and aud", _show_claims(walk, named.authorization_file)
            ),
            evidence=evidence,
        )
    if found.audience != pod_identity.AUDIENCE:
        return broken(
            "the token in that file is not meant for EKS Pod Identity",
            *evidence,
            expected=f"a projected token with audience {pod_identity.AUDIENCE}",
            got=f"audience {found.audience}" if found.audience else "the API server's audience",
        )
    walk.audience = found.audience
    return _check_permission(walk, walk.spec, walk.container, found, evidence)


def _predicted(walk: Walk) -> LinkResult:
    predicted = webhook.injection(walk.account.value.metadata, walk.metadata) if walk.account else None
    if predicted is None or walk.account is None:
        return NOT_REACHED
    if self_hosted_webhook(walk.snapshot) and not walk.account.value.metadata.annotation(webhook.AUDIENCE_ANNOTATION):
        return unknown(
            "the audience that this webhook asks for is a flag of its own (--token-audience)",
            Need("the flags of the pod identity webhook", "kubectl get deployments -A -o yaml > deployments.yaml"),
        )
    walk.audience = predicted.audience
    return ok(f"a projected token with audience {predicted.audience} would be mounted")


def _evidence(walk: Walk, found: TokenFile, path: str) -> tuple[Finding, ...]:
    place = walk.variable_source(webhook.TOKEN_VARIABLE)
    evidence = (Finding(place, path, "the token file"),) if place else ()
    if walk.spec_source is None or found.source < 0:
        return evidence
    token = walk.spec_source.at("volumes", found.volume, "projected", "sources", found.source, "serviceAccountToken")
    return (Finding(token.at("audience") if found.audience else token, found.audience, "audience"), *evidence)


def is_api_token_secret(walk: Walk, found: TokenFile, path: str) -> bool:
    """Return whether the file comes from a Secret that holds the account's token for the Kubernetes API.

    The Secret's type proves it, and so does the place where Kubernetes mounts it; its name is a sign.
    """
    volumes = walk.spec.volumes or [] if walk.spec else []
    secret = volumes[found.volume].secret if found.volume >= 0 else None
    name = (secret.secret_name or "") if secret else ""
    known = walk.snapshot.kubernetes.object("Secret", walk.namespace, name)
    walk.api_token_proven = isinstance(known, Known) or path == API_TOKEN_FILE
    if isinstance(known, Known):
        return bool(known.value.value.type == "kubernetes.io/service-account-token")
    # The name that Kubernetes gave such Secrets before 1.24.
    return name.startswith(f"{walk.account_name}-token-")


def _show_claims(walk: Walk, path: str) -> str:
    """Return the command that prints a token's claims, and not its signature."""
    return walk.exec_command("cat", quote(path)) + " | cut -d. -f2 | base64 -d"


def _projected_api_token(walk: Walk, evidence: tuple[Finding, ...]) -> LinkResult:
    if not isinstance(walk.snapshot.aws.cluster(walk.question.cluster), Known):
        walk.foreign_token = True
        return unknown(
            "the token is made for the API server's own audience, which was not read",
            Need("the API server's --api-audiences"),
            evidence=evidence,
        )
    return _api_token(walk, evidence, "a token for the API server")


def _api_token(walk: Walk, evidence: tuple[Finding, ...], got: str) -> LinkResult:
    walk.api_token = True
    return broken(
        "the token in that file is meant for the Kubernetes API, not for STS",
        *evidence,
        expected=f"a projected token with audience {sts.DEFAULT_AUDIENCE}",
        got=got,
    )


def _check_permission(
    walk: Walk, spec: PodSpec, container: Container, found: TokenFile, evidence: tuple[Finding, ...]
) -> LinkResult:
    walk.token_readable = readable(spec, container, kubernetes_version(walk))
    match walk.token_readable:
        case True:
            stale = ", by subPath: it is never refreshed" if found.sub_path else ""
            return ok(f"projected, audience {found.audience}, {found.expiration} s{stale}", *evidence)
        case False:
            return broken(
                "the container's user cannot read the token file: it belongs to root before Kubernetes 1.19",
                *evidence,
                expected="securityContext.fsGroup on the pod",
                got="no fsGroup",
            )
        case _:
            return unknown(
                "whether the container's user may read the token file depends on the Kubernetes version and the user",
                _reader_need(walk),
                evidence=evidence,
            )


def kubernetes_version(walk: Walk) -> str:
    """Return the version of the pod's kubelet, or one that decides as it would; empty when that is not known.

    A kubelet is never newer than the API server, and at most three minor versions older (Kubernetes' version skew
    policy): the cluster's version tells on which side of 1.19 the kubelet is, but for those in between.
    """
    if walk.spec and walk.spec.node_name:
        node = walk.snapshot.kubernetes.object("Node", "", walk.spec.node_name)
        if isinstance(node, Known) and node.value.value.status and node.value.value.status.node_info:
            return str(node.value.value.status.node_info.kubelet_version)
    cluster = walk.snapshot.aws.cluster(walk.question.cluster)
    if not isinstance(cluster, Known):
        return ""
    minor = cluster.value.value.minor_version
    in_between = minor is not None and _READABLE_FROM <= minor < _READABLE_FROM + _MOST_SKEW
    return "" if in_between else cluster.value.value.version


def _reader_need(walk: Walk) -> Need:
    if not kubernetes_version(walk):
        node = walk.spec.node_name if walk.spec and walk.spec.node_name else "NODE"
        return Need("the Kubernetes version of the pod's node", f"kubectl get node {quote(node)} -o yaml > node.yaml")
    return Need("the user that the container runs as", walk.exec_command("id"))
