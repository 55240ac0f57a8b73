"""Who may do something in a cluster, from the facts of a snapshot."""

from trustpath.engine.rbac.authorizer import Allowed
from trustpath.engine.rbac.request import MASTERS, Request, ResourceRequest
from trustpath.engine.rbac.who_can import who_can
from trustpath.model.answers import Located
from trustpath.model.question import AskedRequest
from trustpath.model.rbac import Binding
from trustpath.model.snapshot import Snapshot
from trustpath.model.who_can import SCHEMA_VERSION, Holder, Missing, WhoCan
from trustpath.paths.cluster_rbac import ClusterRbac


def find_holders(snapshot: Snapshot, request: Request) -> WhoCan:
    """Return everybody whom RBAC lets do it, and what of it was not read."""
    rbac = ClusterRbac(snapshot)
    allowed, unknown = who_can(rbac.authorizer, request)
    # R10: that group is allowed before RBAC, so that its bindings add nothing.
    others = (item for item in allowed if (item.grant.subject.kind, item.grant.subject.name) != ("Group", MASTERS))
    holders = (
        Holder("Group", MASTERS, "", "", "", None, ""),
        *(_holder(item, rbac.binding(item.grant)) for item in others),
    )
    missing = dict.fromkeys(Missing(need.fact, need.command) for need in rbac.unread(request, unknown))
    return WhoCan(SCHEMA_VERSION, asked_request(request), holders, tuple(missing))


def _holder(allowed: Allowed, located: Located[Binding]) -> Holder:
    grant = allowed.grant
    subject = grant.subject
    namespace = (subject.namespace or grant.namespace) if subject.kind == "ServiceAccount" else ""
    name = grant.binding.metadata.name
    binding = f"{grant.kind} {grant.namespace}/{name}" if grant.namespace else f"{grant.kind} {name}"
    return Holder(subject.kind, subject.name, namespace, binding, str(grant.role), allowed.rule, located.source.file)


def asked_request(request: Request) -> AskedRequest:
    """Return a request as answers print it."""
    if isinstance(request, ResourceRequest):
        return AskedRequest(
            request.verb, request.group, request.resource, request.subresource, request.namespace, request.name
        )
    return AskedRequest(request.verb, path=request.path)
