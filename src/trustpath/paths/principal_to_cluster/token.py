"""The link of the token: it reaches the API server, is for this cluster, and still alive (T3, T16, K2)."""

from trustpath.model.trace import Need
from trustpath.paths.links import Finding, LinkResult, broken, ok, unknown
from trustpath.paths.principal_to_cluster.symptoms import at_message, blamed
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk


def follow(walk: PrincipalWalk) -> LinkResult:
    """Return what this link found. The token itself is not among the facts: what makes it is looked at."""
    if (by_message := blamed(walk, "cluster-token")) is not None:
        return by_message
    if walk.unexplained:
        return unknown(
            "the API server refused the token, and all that was read would let the principal in",
            Need("the token, or the authenticator's log of that moment", "trustpath token FILE"),
            evidence=(at_message(walk, ""),),
        )
    found = walk.kubeconfig
    if found is None:
        return LinkResult("not-applicable", "no token and no kubeconfig were read")
    config = found.value
    user = found.source.at("users", config.user_position)
    if config.plugin is None and not config.has_token and not config.has_certificate:
        place = user.at("user") if config.user_position >= 0 else found.source.at("current-context")
        return broken(
            "the kubeconfig's user has no credential, so that no token is sent",
            Finding(place, "user", "neither exec nor token", key=True),
            expected="an exec section that makes a token",
            got="no credential",
        )
    own = walk.cluster_name
    if config.plugin is None or not walk.has_endpoint(config) or not own:
        return LinkResult("not-applicable", "the kubeconfig shows nothing of the token")
    if config.has_token:
        return unknown(
            "the kubeconfig has a fixed token and a plugin: the token is used, and how old it is cannot be seen",
            Need("the token of the kubeconfig", "trustpath token FILE"),
            evidence=(Finding(user.at("user"), "user", "token and exec", key=True),),
        )
    named = config.plugin.cluster_name
    if named and named != own:
        index = config.plugin.cluster_position
        place = user.at("user", "exec", "args", index)
        return broken(
            f"the plugin makes tokens for cluster {named}, and the server is that of {own}",
            Finding(place, config.plugin.arguments[index], f"expected {own}"),
            expected=own,
            got=named,
        )
    return ok(f"tokens are made for cluster {own}")
