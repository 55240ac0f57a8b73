"""The ninth link: the pod acts as the role."""

from trustpath.paths.links import NOT_REACHED, Finding, LinkResult, broken, ok
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
    session = f"arn:{arn.partition}:sts::{arn.account}:assumed-role/{arn.name}/…"
    if any(result.state == "unknown" for result in walk.results.values()):
        return LinkResult("not-reached", f"would act as {session}")
    return ok(f"acts as {session}")


def _static_key_evidence(walk: Walk) -> tuple[Finding, ...]:
    if walk.container is None or walk.container_source is None:
        return ()
    return tuple(
        Finding(walk.container_source.at("env", index, "name"), variable.name)
        for index, variable in enumerate(walk.container.env or ())
        if variable.name == "AWS_ACCESS_KEY_ID"
    )
