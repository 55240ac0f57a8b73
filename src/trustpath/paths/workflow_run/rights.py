"""The last link: each account may do what Argo does with it, and what its templates say (4.2, 4.3)."""

from collections.abc import Iterator

from trustpath.engine.argo.needs import CLUSTER, UnknownKindError, UnknownManifestError, needs_of
from trustpath.engine.argo.rights import MEMOIZATION, OLDEST
from trustpath.engine.rbac.request import ResourceRequest, User, service_account
from trustpath.model.argo import Version
from trustpath.model.trace import Need
from trustpath.paths.kubernetes_request import authorization
from trustpath.paths.kubernetes_request.argo import version_for
from trustpath.paths.links import NOT_REACHED, LinkResult, ok, unknown
from trustpath.paths.workflow_run.walk import WorkflowWalk


def follow(walk: WorkflowWalk) -> LinkResult:
    """Return what this link found. The first request that is refused becomes the walk's own."""
    if walk.spec is None:
        return NOT_REACHED
    version = version_for(walk, walk.namespace)
    try:
        result = _decided(walk, list(_requests(walk, version)))
        if version is not None:
            return result
        found = walk.user, walk.request
        oldest = _decided(walk, list(_requests(walk, OLDEST)))
    except UnknownKindError as error:
        command = "kubectl get customresourcedefinitions -o yaml > definitions.yaml"
        wanted = Need(f"the definition of kind {error.kind} in {error.api_version}", command)
        return unknown(f"template {error.template} is about a kind that nobody knows", wanted)
    except UnknownManifestError as error:
        what = f"what template {error.template} does: its manifest, or the namespace in it, is known only when it runs"
        return unknown(what, Need(f"the manifest of template {error.template}"))
    walk.user, walk.request = found
    if oldest.state == result.state:
        return result
    return unknown(
        "what executors and agents ask for depends on Argo's version, which is not known",
        Need("the Deployment of Argo's controller", "kubectl get deployments -A -o yaml > deployments.yaml"),
    )


def _decided(walk: WorkflowWalk, asked: list[tuple[User, ResourceRequest]]) -> LinkResult:
    """Return what the requests come to. The first one that is refused, or else the last, becomes the walk's own."""
    open_one: LinkResult | None = None
    for user, request in asked:
        walk.user, walk.request = user, request
        result = authorization.follow(walk)
        if result.state == "broken":
            return result
        if result.state == "unknown":
            open_one = open_one or result
    if open_one is not None:
        return open_one
    if not asked:
        return unknown("nothing of what it asks for is known", Need("the templates that its steps name"))
    return ok(f"all {len(asked)} requests that Argo makes with its accounts are allowed")


def _requests(walk: WorkflowWalk, version: Version | None) -> Iterator[tuple[User, ResourceRequest]]:
    """Yield what is asked of the API server, and by whom. Raises UnknownKindError."""
    spec = walk.spec
    assert spec is not None  # noqa: S101  # the caller has looked
    for needs in needs_of(spec, walk.defaults, version, walk.snapshot.kubernetes.resource_of):
        user = service_account(walk.namespace, needs.account)
        for where, right in needs.rights:
            namespace = "" if where == CLUSTER else where or walk.namespace
            yield from ((user, request) for request in right.requests(namespace))
    part = walk.installation.controller if walk.installation else None
    if part is not None and any(template.memoize is not None for template in spec.templates or ()):
        # The cache is written by the controller.
        user = service_account(part.namespace, part.account)
        yield from ((user, request) for request in MEMOIZATION.requests(walk.namespace))
