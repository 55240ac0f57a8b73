"""The last link: a role or binding that is written grants only what its author holds (R36 to R42)."""

from msgspec import structs

from trustpath.engine.rbac.escalation import described, write_binding, write_role
from trustpath.model.rbac import Role
from trustpath.model.trace import Need
from trustpath.paths.cluster_rbac import COLLECT
from trustpath.paths.kubernetes_request.walk import Walk
from trustpath.paths.links import Finding, LinkResult, broken, ok, unknown


def follow(walk: Walk) -> LinkResult:
    """Return what this link found. It is asked for an object that is given with the question, or by a message."""
    if walk.symptom is not None and walk.symptom.kind == "escalation":
        return broken(
            "the API server's message says so: the author grants what it does not hold",
            Finding(walk.symptom_place, ""),
            got="403 Forbidden",
        )
    if walk.user is None or walk.object is None:
        return LinkResult("not-applicable", "no role or binding is written")
    kind, located = walk.object
    value = located.value
    asked = walk.question.request
    if not kind.startswith("Cluster") and not value.metadata.namespace and asked is not None:
        # A manifest without a namespace goes where the request goes.
        value = structs.replace(value, metadata=structs.replace(value.metadata, namespace=asked.namespace))
    if walk.result("authorization").state == "broken":
        return LinkResult("not-reached", "the request itself is refused")
    name = Finding(located.source.at("metadata", "name"), value.metadata.name, f"the {kind} that is written")
    authorizer = walk.rbac.authorizer
    if isinstance(value, Role):
        verb = walk.question.request.verb if walk.question.request else ""
        walk.escalation = write_role(authorizer, walk.allows, walk.user, kind, value, name_known=verb != "create")
    else:
        walk.escalation = write_binding(authorizer, walk.allows, walk.user, kind, value)
    if walk.escalation.unread:
        missing = Need(f"{walk.escalation.unread}, which it grants", COLLECT)
        return unknown(f"{walk.escalation.unread}, which it grants, was not read", missing, evidence=(name,))
    if not walk.escalation.missing:
        return ok(f"{walk.who} holds what the {kind} grants, or may grant more", name)
    needs = walk.unread_for_escalation
    if needs:
        return unknown("the roles that were read do not hold all that it grants, and not all were read", *needs)
    first = described(walk.escalation.missing[0])
    more = len(walk.escalation.missing) - 1
    return broken(
        f"{walk.who} does not hold {first}" + (f" and {more} more" if more else ""),
        name,
        expected="only rules that the author holds, or the verb escalate or bind",
        got=first,
    )
