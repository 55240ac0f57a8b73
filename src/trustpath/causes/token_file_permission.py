"""The container's user may not read the token file.

What: applies the kubelet's rule for the file's owner and mode to the pod's users (W20).
Why it denies: before Kubernetes 1.19 the file belongs to root with mode 0600 unless fsGroup is set.
Not a problem when: the cluster is 1.19 or newer, or the container runs as root.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.token import kubernetes_version
from trustpath.paths.pod_to_aws.walk import Walk


@cause("token", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the user is not root and no group opens the file; likely when the image sets the user."""
    if walk.token is None or not walk.token.audience or walk.token_readable is True:
        return
    version = kubernetes_version(walk)
    if not version or walk.spec is None or walk.spec_source is None:
        return
    has_context = walk.spec.security_context is not None
    place = walk.spec_source.at("securityContext") if has_context else walk.spec_source
    yield Diagnosis(
        confidence="certain" if walk.token_readable is False else "likely",
        title="the container's user cannot read the token file",
        explanation=f"On Kubernetes {version} the file is root's alone; this pod sets no fsGroup"
        + ("." if walk.token_readable is False else ", and which user it runs as is up to the image."),
        evidence=(Finding(place, "", "no fsGroup"),),
        expected="securityContext.fsGroup on the pod",
        got="no fsGroup",
        symptom="open /var/run/secrets/eks.amazonaws.com/serviceaccount/token: permission denied",
        help=("set securityContext.fsGroup (65534, say) on the pod, or upgrade to Kubernetes 1.19 or newer",),
    )
