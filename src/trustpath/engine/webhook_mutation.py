"""The pod that the pod identity webhook makes of a pod: its whole mutation (W5 to W14).

Works on the pod as JSON: what the webhook does not touch stays as it is.
"""

import posixpath
from typing import Any, Literal

from msgspec import Struct

from trustpath.engine import webhook
from trustpath.engine.sts import DEFAULT_AUDIENCE

Method = Literal["irsa", "pod-identity", "none"]
Json = dict[str, Any]
"""A JSON object of Kubernetes, as it was decoded."""

_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_FALSE = frozenset({"0", "f", "F", "FALSE", "false", "False"})


class PodIdentity(Struct, frozen=True):
    """What a cluster gives to pods of its Pod Identity associations; the defaults are EKS's (W10)."""

    audience: str = "pods.eks.amazonaws.com"
    mount_path: str = "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount"
    volume_name: str = "eks-pod-identity-token"
    token_path: str = "eks-pod-identity-token"  # noqa: S105  # a file's name
    full_uri: str = "http://169.254.170.23/v1/credentials"
    service_accounts: frozenset[tuple[str, str]] = frozenset()


class Configuration(Struct, frozen=True):
    """The webhook's flags; the defaults are those that EKS runs it with (W1, W10, W17)."""

    annotation_prefix: str = "eks.amazonaws.com"
    audience: str = DEFAULT_AUDIENCE
    mount_path: str = webhook.MOUNT_PATH
    token_expiration: int = webhook.DEFAULT_EXPIRATION
    region: str = ""
    sts_regional_endpoints: bool = True
    pod_identity: PodIdentity | None = None


class _Injection(Struct, frozen=True):
    """What goes into every container, and the volume of the pod."""

    method: Method
    credentials: tuple[tuple[str, str], ...]
    volume: str
    mount_path: str
    audience: str
    expiration: int
    token_path: str
    regional: bool


def mutate(pod: Json, account: Json | None, configuration: Configuration) -> tuple[Method, Json]:
    """Return how the pod gets credentials, and the pod as the API server stores it after the webhook."""
    injection = _injection(pod, account, configuration)
    if injection is None:
        return "none", pod
    spec: Json = pod.get("spec") or {}
    skipped = _skipped(pod, configuration)
    changed: Json = {**spec}
    for containers in ("initContainers", "containers"):
        if spec.get(containers):
            changed[containers] = [
                container if container.get("name", "") in skipped else _container(container, injection, configuration)
                for container in spec[containers]
            ]
    volumes = spec.get("volumes") or []
    if not any(volume.get("name") == injection.volume for volume in volumes):
        changed["volumes"] = [_volume(injection), *volumes]
    result = {**pod, "spec": changed}
    if injection.method == "pod-identity":
        metadata: Json = pod.get("metadata") or {}
        labels = {**(metadata.get("labels") or {}), "eks.amazonaws.com/pod-identity": "enabled"}
        result["metadata"] = {**metadata, "labels": labels}
    return injection.method, result


def _injection(pod: Json, account: Json | None, configuration: Configuration) -> _Injection | None:
    """W6: Pod Identity where the association exists, else the role of the annotation, else nothing."""
    spec: Json = pod.get("spec") or {}
    namespace = (pod.get("metadata") or {}).get("namespace") or ""
    name = spec.get("serviceAccountName") or ""
    prefix = configuration.annotation_prefix
    named: Json = (account or {}).get("metadata") or {}
    # Another account's annotations count for nothing; the webhook knows each by namespace and name.
    known = account is not None and (named.get("namespace") or "", named.get("name") or "") == (namespace, name)
    annotations = _annotations(account) if known else {}
    default = configuration.token_expiration if known else webhook.DEFAULT_EXPIRATION
    expiration = _expiration(annotations.get(f"{prefix}/token-expiration", ""), default)
    expiration = _expiration(_annotations(pod).get(f"{prefix}/token-expiration", ""), expiration)
    # The flags are the defaults of accounts that the webhook knows; a Pod Identity pod may run as another.
    flag = known and configuration.sts_regional_endpoints
    regional = _boolean(annotations.get(f"{prefix}/sts-regional-endpoints", ""), flag)
    found = configuration.pod_identity
    if found is not None and (namespace, name) in found.service_accounts:
        token = _token_file(spec, found.mount_path, found.token_path)
        names = webhook.POD_IDENTITY_VARIABLES
        credentials = ((names[0], found.full_uri), (names[1], token))
        return _Injection(
            "pod-identity",
            credentials,
            found.volume_name,
            found.mount_path,
            found.audience,
            expiration,
            found.token_path,
            regional,
        )
    role_arn = annotations.get(f"{prefix}/role-arn", "")
    if not role_arn:
        return None
    token = _token_file(spec, configuration.mount_path, "token")
    return _Injection(
        "irsa",
        ((webhook.ROLE_VARIABLE, role_arn), (webhook.TOKEN_VARIABLE, token)),
        webhook.VOLUME,
        configuration.mount_path,
        # An empty audience is one: the API server's own.
        annotations.get(f"{prefix}/audience", configuration.audience),
        expiration,
        "token",
        regional,
    )


def _annotations(item: Json | None) -> dict[str, str]:
    return ((item or {}).get("metadata") or {}).get("annotations") or {}


def _expiration(text: str, default: int) -> int:
    seconds = webhook.seconds(text)
    return default if seconds is None else max(seconds, webhook.MINIMUM_EXPIRATION)


def _boolean(text: str, default: bool) -> bool:
    return text in _TRUE if text in _TRUE | _FALSE else default


def _token_file(spec: Json, mount_path: str, file: str) -> str:
    """W11: the node selector alone tells that a pod is for Windows."""
    path = posixpath.normpath(posixpath.join(mount_path, file))
    selector: Json = spec.get("nodeSelector") or {}
    if "windows" in (selector.get("kubernetes.io/os"), selector.get("beta.kubernetes.io/os")):
        return "C:" + path.replace("/", "\\")
    return path


def _skipped(pod: Json, configuration: Configuration) -> tuple[str, ...]:
    text = _annotations(pod).get(f"{configuration.annotation_prefix}/skip-containers", "")
    return webhook.skip_list(text)


def _container(container: Json, injection: _Injection, configuration: Configuration) -> Json:
    """W8: credentials, region and STS endpoint are each added as long as none of their names is there."""
    env = container.get("env") or []
    names = {variable.get("name", "") for variable in env}
    credentials = names.isdisjoint(name for name, _ in injection.credentials)
    region = names.isdisjoint(("AWS_REGION", "AWS_DEFAULT_REGION"))
    endpoints = "AWS_STS_REGIONAL_ENDPOINTS" not in names
    if not (credentials or region or endpoints):
        return container
    added: list[tuple[str, str]] = []
    if endpoints and injection.regional:
        added.append(("AWS_STS_REGIONAL_ENDPOINTS", "regional"))
    if region and configuration.region:
        added += [("AWS_DEFAULT_REGION", configuration.region), ("AWS_REGION", configuration.region)]
    if credentials:
        added += injection.credentials
    changed = {**container}
    if added:
        changed["env"] = [*env, *({"name": name, "value": value} for name, value in added)]
    mounts = container.get("volumeMounts") or []
    if not any(mount.get("name") == injection.volume for mount in mounts):
        mount = {"name": injection.volume, "readOnly": True, "mountPath": injection.mount_path}
        changed["volumeMounts"] = [*mounts, mount]
    return changed


def _volume(injection: _Injection) -> Json:
    token: Json = {
        **({"audience": injection.audience} if injection.audience else {}),
        "expirationSeconds": injection.expiration,
        "path": injection.token_path,
    }
    return {"name": injection.volume, "projected": {"sources": [{"serviceAccountToken": token}]}}
