"""The first link: the service account that asks exists."""

from trustpath.model.fact import Absent, Known
from trustpath.paths.kubernetes_request.walk import Walk
from trustpath.paths.links import Finding, LinkResult, broken, ok


def follow(walk: Walk) -> LinkResult:
    """Return what this link found. Only a service account has to exist: other users are but a name."""
    if walk.account is None:
        return LinkResult("not-applicable", "the user is no service account")
    namespace, name = walk.account
    fact = walk.snapshot.kubernetes.service_account(namespace, name)
    if isinstance(fact, Known):
        found = Finding(fact.value.source.at("metadata", "name"), name)
        return ok(f"service account {namespace}/{name} exists", found)
    if isinstance(fact, Absent) and not fact.implied:
        return broken(
            f"service account {namespace}/{name} does not exist",
            expected=f"{namespace}/{name}",
            got="no such service account",
        )
    return ok(f"{namespace}/{name} is taken to exist: the service accounts of {namespace} were not read")
