"""Which token stands in the file that a container's AWS client reads.

Source: eks-identity W19 to W21.
"""

import posixpath
import re
from typing import Literal

from msgspec import Struct

from trustpath.engine.iam.three_valued import Truth
from trustpath.model.kubernetes import Container, PodSpec

Kind = Literal["projected", "secret", "other", "missing"]
_VERSION = re.compile(r"v?([0-9]{1,4})\.([0-9]{1,4})")


class TokenFile(Struct, frozen=True):
    """What stands at a path of a container.

    ``kind``: ``projected`` a token that the kubelet asks for with ``audience`` (empty: the API server's
    own); ``secret`` a key of a Secret; ``other`` a volume of another kind; ``missing`` no volume is
    mounted there. ``volume`` and ``source`` are indexes in the pod's volumes and the volume's sources, -1
    where there is none.
    """

    kind: Kind
    audience: str = ""
    expiration: int = 0
    volume: int = -1
    source: int = -1
    sub_path: bool = False


def token_file(spec: PodSpec, container: Container, path: str) -> TokenFile:
    """Return what the container finds at ``path``."""
    wanted = posixpath.normpath(_unix(path))
    best = None
    for mount in container.volume_mounts or ():
        at = posixpath.normpath(_unix(mount.mount_path))
        if (wanted == at or wanted.startswith(at.rstrip("/") + "/")) and (best is None or len(at) > best[0]):
            best = (len(at), at, mount)
    if best is None:
        return TokenFile("missing")
    _, at, mount = best
    inside = wanted[len(at.rstrip("/")) + 1 :] or "."
    if mount.sub_path:
        inside = mount.sub_path if inside == "." else posixpath.join(mount.sub_path, inside)
    for index, volume in enumerate(spec.volumes or ()):
        if volume.name != mount.name:
            continue
        if volume.secret is not None:
            return TokenFile("secret", volume=index)
        if volume.projected is None:
            return TokenFile("other", volume=index)
        for number, part in enumerate(volume.projected.sources or ()):
            token = part.service_account_token
            if token is not None and posixpath.normpath(token.path) == inside:
                seconds = token.expiration_seconds or 3600
                return TokenFile("projected", token.audience or "", seconds, index, number, bool(mount.sub_path))
        if any(part.shows(inside) for part in volume.projected.sources or ()):
            return TokenFile("other", volume=index)
        return TokenFile("missing", volume=index)
    return TokenFile("missing")


def _unix(path: str) -> str:
    # W11: pods on Windows get the same path with a drive letter and backslashes.
    if re.match(r"[A-Za-z]:\\", path):
        path = path[2:].replace("\\", "/")
    # In images of today /var/run is a link to /run.
    return f"/var{path}" if path.startswith("/run/") else path


def readable(spec: PodSpec, container: Container, version: str) -> Truth:
    """Return whether the container's user may read a projected token (W20).

    From Kubernetes 1.19 on everyone may, or the one user that the pod runs as. Before, the file belongs
    to root: another user needs the pod's ``fsGroup``. ``version`` is empty when it is not known; a
    projected API token in the pod shows a newer version as well (its default since 1.21).
    """
    pod = spec.security_context
    own = container.security_context
    if pod is not None and pod.fs_group is not None:
        return True
    user = own.run_as_user if own is not None and own.run_as_user is not None else None
    if user is None and pod is not None:
        user = pod.run_as_user
    if user == 0:
        return True
    match = _VERSION.match(version)
    if _has_projected_api_token(spec) or (match and (int(match[1]), int(match[2])) >= (1, 19)):
        return True
    if match is None:
        return None
    non_root = user is not None or any(context is not None and context.run_as_non_root for context in (pod, own))
    return False if non_root else None  # without a user the image decides


def _has_projected_api_token(spec: PodSpec) -> bool:
    return any(
        part.service_account_token is not None and not part.service_account_token.audience
        for volume in spec.volumes or ()
        if volume.name.startswith("kube-api-access-") and volume.projected
        for part in volume.projected.sources or ()
    )
