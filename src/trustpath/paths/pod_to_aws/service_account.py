"""The second link: the service account that the pod names exists."""

from shlex import quote

from trustpath.model.fact import Absent, Known, NotCollected
from trustpath.paths.links import NOT_REACHED, Finding, LinkResult, broken, ok, unknown, unread
from trustpath.paths.pod_to_aws.walk import Walk


def follow(walk: Walk) -> LinkResult:
    """Return what this link found."""
    if not walk.account_name:
        return NOT_REACHED
    name = f"{walk.namespace}/{walk.account_name}"
    match walk.snapshot.kubernetes.service_account(walk.namespace, walk.account_name):
        case Known(located):
            walk.account = located
            return ok(f"{name} exists", Finding(located.source.at("metadata", "name"), walk.account_name))
        case Absent() if _was_admitted(walk) and not walk.snapshot.kubernetes.is_deleted(*_key(walk)):
            # A pod is made only while its account exists: the dump leaves it out.
            command = f"kubectl get serviceaccount {quote(walk.account_name)} -n {quote(walk.namespace)} -o yaml"
            return unknown(f"service account {name} was not read", NotCollected(f"ServiceAccount {name}", command))
        case Absent() as absent:
            walk.account_absent = True
            return broken(
                f"{name} does not exist: {absent.shown_by}",
                *_account_reference(walk),
                expected=f"a service account {name}",
                got="none",
            )
        case missing:
            return unknown(f"service account {name} {unread(missing)}", missing)


def _key(walk: Walk) -> tuple[str, str, str]:
    return "ServiceAccount", walk.namespace, walk.account_name


def _was_admitted(walk: Walk) -> bool:
    """Return whether the pod runs, or carries what only an account can have given it."""
    status = walk.pod.value.status if walk.pod else None
    return walk.injected or (status is not None and status.phase == "Running")


def _account_reference(walk: Walk) -> tuple[Finding, ...]:
    if walk.spec is None or walk.spec_source is None:
        return ()
    named = {"serviceAccountName": walk.spec.service_account_name, "serviceAccount": walk.spec.service_account}
    key = next((key for key, value in named.items() if value), None)
    place = walk.spec_source.at(key) if key else walk.spec_source
    return (Finding(place, walk.account_name, "the pod runs as this account"),)
