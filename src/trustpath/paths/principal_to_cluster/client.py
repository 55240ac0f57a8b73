"""The link in the client: its kubeconfig names a credential plugin that works (eks-identity T5 to T8, K5)."""

from trustpath.paths.links import Finding, LinkResult, broken, ok
from trustpath.paths.principal_to_cluster.symptoms import at_message, blamed
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk

GONE_API_VERSION = "client.authentication.k8s.io/v1alpha1"


def follow(walk: PrincipalWalk) -> LinkResult:
    """Return what this link found."""
    if (by_message := blamed(walk, "client")) is not None:
        return by_message
    if walk.came_as:
        return broken(
            f"the message says that the request came as {walk.came_as}",
            at_message(walk, ""),
            expected=walk.principal.arn,
            got=walk.came_as,
        )
    found = walk.kubeconfig
    if found is None or found.value.plugin is None:
        return LinkResult("not-applicable", "no kubeconfig with a credential plugin was read")
    plugin = found.value.plugin
    place = found.source.at("users", found.value.user_position, "user", "exec")
    if plugin.api_version == GONE_API_VERSION:
        return broken(
            "the kubeconfig speaks to its plugin in a version that kubectl has given up",
            Finding(place.at("apiVersion"), plugin.api_version, "gone since Kubernetes 1.24"),
            expected="client.authentication.k8s.io/v1beta1 or v1",
            got=plugin.api_version,
        )
    how = f"assumes {plugin.role_arn}" if plugin.role_arn else ""
    how = how or (f"uses profile {plugin.profile}" if plugin.profile else "uses the default credentials")
    return ok(f"the kubeconfig's plugin `{plugin.command}` {how}", Finding(place.at("command"), plugin.command))
