"""The link where the pod acts as somebody: the session that AWS sees."""

from trustpath.engine.eks import pod_identity
from trustpath.engine.iam.session_request import Session, SessionOrigin
from trustpath.model.arn import RoleArn
from trustpath.model.fact import Known
from trustpath.model.kubernetes import EnvironmentSource
from trustpath.paths.links import NOT_REACHED, LinkResult, ok
from trustpath.paths.pod_to_aws.walk import Walk

_TAGS = tuple(pod_identity.session_tags("", "", "", "", "", "")[1])
_ORIGINS: dict[str, SessionOrigin] = {"irsa": "web-identity", "pod-identity": "pod-identity", "node": "instance"}


def follow(walk: Walk) -> LinkResult:
    """Return what this link found."""
    if walk.role_arn is None:
        return NOT_REACHED
    arn = walk.role_arn
    walk.acting = _session(walk, arn)
    session = f"arn:{arn.partition}:sts::{arn.account}:assumed-role/{arn.name}/{walk.acting.name or '…'}"
    before = [result.state for result in walk.results.values()]
    if "unknown" in before:
        return LinkResult("not-reached", f"would act as {session}")
    unseen = [source.secret_ref.name for source in _env_from(walk) if source.secret_ref]
    unless = f", unless Secret {' or '.join(unseen)} sets access keys" if unseen else ""
    return ok(f"acts as {session}{unless}")


def _session(walk: Walk, arn: RoleArn) -> Session:
    origin = _ORIGINS[walk.method]
    role = walk.snapshot.aws.role(arn)
    tags = role.value.value.tags if isinstance(role, Known) else None
    trust = walk.pod_identity_trust
    provider = walk.role_call(arn).provider if origin == "web-identity" else None
    name = walk.host.instance.value.instance_id if origin == "instance" and walk.host.instance else ""
    return Session(
        arn,
        origin,
        name,
        session_tags=trust.call.tags if trust else {},
        role_tags=tags,
        provider=str(provider) if provider else "",
        unknown_tags=trust.call.unknown_tags if trust else _TAGS if origin == "pod-identity" else (),
    )


def _env_from(walk: Walk) -> list[EnvironmentSource]:
    return (walk.container.env_from or []) if walk.container else []
