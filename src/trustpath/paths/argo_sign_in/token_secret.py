"""The third link: the server finds a token of the chosen account (S8)."""

from trustpath.paths.argo_sign_in.walk import Walk
from trustpath.paths.links import NOT_REACHED, Finding, LinkResult
from trustpath.paths.stored_token import look_up


def follow(walk: Walk) -> LinkResult:
    """Return what this link found."""
    if walk.chosen is None:
        if walk.sso is not None and not walk.sso.rbac.enabled:
            return LinkResult("not-applicable", "the server acts as itself")
        return NOT_REACHED
    metadata = walk.chosen.value.metadata
    place = Finding(walk.chosen.source.at("metadata", "name"), metadata.name, "the account that the rule chooses")
    return look_up(walk.snapshot.kubernetes, metadata.namespace or "default", metadata.name, place)
