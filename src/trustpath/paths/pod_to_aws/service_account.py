"""The second link: the service account that the pod names exists."""

from trustpath.model.fact import Absent, Known
from trustpath.paths.links import NOT_REACHED, Finding, LinkResult, broken, ok, unknown
from trustpath.paths.pod_to_aws.walk import Walk


def follow(walk: Walk) -> LinkResult:
    """Return what this link found."""
    if not walk.account_name:
        return NOT_REACHED
    name = f"{walk.namespace}/{walk.account_name}"
    match walk.snapshot.service_account(walk.namespace, walk.account_name):
        case Known(located):
            walk.account = located
            return ok(f"{name} exists", Finding(located.source.at("metadata", "name"), walk.account_name))
        case Absent() as absent:
            walk.account_absent = True
            evidence = (_account_reference(walk),) if walk.spec_source else ()
            return broken(
                f"{name} does not exist: {absent.shown_by}",
                *evidence,
                expected=f"a service account {name}",
                got="none",
            )
        case missing:
            return unknown(f"{name} was not read", missing)


def _account_reference(walk: Walk) -> Finding:
    assert walk.spec is not None  # noqa: S101  # narrows the type: a reference needs a pod
    assert walk.spec_source is not None  # noqa: S101
    key = "serviceAccountName" if walk.spec.service_account_name else "serviceAccount"
    return Finding(walk.spec_source.at(key), walk.account_name, "the pod runs as this account")
