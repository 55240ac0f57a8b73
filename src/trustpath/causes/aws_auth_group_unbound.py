"""aws-auth puts the principal into groups that no binding names.

What: looks for bindings, anywhere, that name the groups or the user of the entry.
Why it denies: a group has no rights by itself; only a binding to a role gives some.
Not a problem when: the chart with the bindings is installed later.
"""

from collections.abc import Iterator
from shlex import quote

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.rbac.request import ALL_AUTHENTICATED
from trustpath.paths.kubernetes_request.findings import rule_for
from trustpath.paths.links import Finding
from trustpath.paths.principal_to_cluster.entries import ENTRY
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk


@cause("authorization", when_unknown=True)
def check(walk: PrincipalWalk) -> Iterator[Diagnosis]:
    """Hold for a mapped user whom no binding names, neither by name nor by group."""
    mapping, config = walk.mapping, walk.aws_auth
    if walk.user is None or config is None or walk.entry is not None or walk.is_bound:
        return
    if mapping is not None and not mapping.groups:
        return
    groups = [group for group in walk.user.groups if group != ALL_AUTHENTICATED]
    key = "mapUsers" if mapping in config.users else "mapRoles"
    if mapping is None:
        place = Finding(config.source.at("data", "mapAccounts"), "mapAccounts", "gives no group", key=True)
    elif groups:
        place = Finding(config.place(key, mapping.index, "groups", 0), mapping.groups[0], "no binding names it")
    else:
        place = Finding(config.place(key, mapping.index, mapping.arn_key), mapping.arn, "gives no group")
    shown = " and ".join(f"`{group}`" for group in groups)
    where = walk.request.namespace if walk.request and hasattr(walk.request, "namespace") else ""
    command = (
        f"kubectl create {'rolebinding' if where else 'clusterrolebinding'} NAME{f' -n {where}' if where else ''} "
        f"--clusterrole=ROLE {f'--group={quote(groups[0])}' if groups else f'--user={quote(walk.user.name)}'}"
    )
    yield Diagnosis(
        confidence="certain" if walk.rbac.lists_bindings else "likely",
        title=f"no binding names {shown}, the group{'s' if len(groups) > 1 else ''} that aws-auth gives"
        if groups
        else f"aws-auth makes it user `{walk.user.name}` in no group, and no binding names that user",
        explanation="The principal is let in and may do only what every user may.",
        evidence=(place,),
        expected=f"a binding of it to a role with the rule {rule_for(walk)}",
        got="none",
        symptom=walk.message,
        help=("bind it to a role that has the rule:", command),
        rank=ENTRY,
    )
