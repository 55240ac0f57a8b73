"""The ninth link: the pod acts as the role."""

from trustpath.engine.sts import partition_of
from trustpath.model.kubernetes import EnvironmentSource
from trustpath.model.trace import Need
from trustpath.paths.links import NOT_REACHED, Finding, LinkResult, broken, ok, unknown
from trustpath.paths.pod_to_aws.walk import Walk


def follow(walk: Walk) -> LinkResult:
    """Return what this link found."""
    if walk.role_arn is None:
        return NOT_REACHED
    arn = walk.role_arn
    named = walk.credentials
    if named and named.static_keys and walk.binding and walk.binding.origin != "question":
        return broken(
            "the container has access keys of its own, which come before web identity in almost every SDK",
            *_static_key_evidence(walk),
            expected=f"the session of {arn.name}",
            got="the identity of AWS_ACCESS_KEY_ID",
        )
    if named and named.web_identity and named.pod_identity:
        return unknown(
            "web identity and container credentials are both set: which of them counts depends on the SDK",
            Need("the SDK that the program uses", walk.printenv("AWS_CONTAINER_CREDENTIALS_FULL_URI")),
        )
    if region := _foreign_region(walk, arn.partition):
        return unknown(
            f"the container's region is {region}, in another partition than the role: "
            "whether its SDK calls STS there depends on the SDK",
            Need("the STS endpoint that the program calls", walk.printenv("AWS_REGION", "AWS_ENDPOINT_URL_STS")),
        )
    session = f"arn:{arn.partition}:sts::{arn.account}:assumed-role/{arn.name}/…"
    if any(result.state == "unknown" for result in walk.results.values()):
        return LinkResult("not-reached", f"would act as {session}")
    unseen = [source.secret_ref.name for source in _env_from(walk) if source.secret_ref]
    unless = f", unless Secret {' or '.join(unseen)} sets access keys" if unseen else ""
    return ok(f"acts as {session}{unless}")


def _foreign_region(walk: Walk, partition: str) -> str:
    """Return the container's own region where it is of another partition than the role (O8), else nothing."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        variable = walk.container.variable(name) if walk.container else None
        if variable is not None and variable.value and partition_of(variable.value) != partition:
            return variable.value
    return ""


def _env_from(walk: Walk) -> list[EnvironmentSource]:
    return (walk.container.env_from or []) if walk.container else []


def _static_key_evidence(walk: Walk) -> tuple[Finding, ...]:
    if walk.container is None or walk.container_source is None:
        return ()
    return tuple(
        Finding(walk.container_source.at("env", index, "name"), variable.name)
        for index, variable in enumerate(walk.container.env or ())
        if variable.name == "AWS_ACCESS_KEY_ID"
    )
