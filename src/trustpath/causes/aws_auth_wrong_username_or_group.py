"""The entry in aws-auth matches, and gives a username or groups that are of no use.

What: looks at the entry's username and groups: empty, of another type, several groups in one text, misspelled.
Why it denies: what the authenticator cannot use is left empty, and the user is in no group (C5, C6).
Not a problem when: a binding names the user itself.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.rbac.request import MASTERS
from trustpath.paths.links import Finding
from trustpath.paths.principal_to_cluster.entries import ENTRY, NODE_TEMPLATE, is_node, own_name, similar
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk


@cause("authorization", when_unknown=True)
def check(walk: PrincipalWalk) -> Iterator[Diagnosis]:
    """Hold for a mapped user that is refused."""
    mapping, config = walk.mapping, walk.aws_auth
    if mapping is None or config is None:
        return
    key = "mapUsers" if mapping in config.users else "mapRoles"
    bad: tuple[str, str, str, str] | None = None
    lost = next(
        (item for item in config.unusable if item.key == key and item.index == mapping.index and item.field), None
    )
    odd = next((group for group in mapping.groups if not group or " " in group or "," in group), None)
    slip = next((group for group in mapping.groups if similar(group, MASTERS)), None)
    if lost is not None and lost.field:
        bad = (lost.field, "", f"{lost.problem}: it is left empty", "groups are a list, and a username is a text")
    elif odd is not None:
        bad = ("groups", odd, f"`{odd}` is taken for one group", "each group is an item of its own")
    elif slip is not None:
        bad = ("groups", slip, f"`{slip}` is not `{MASTERS}`", f"the group of administrators is {MASTERS}")
    elif is_node(walk) and not mapping.username.startswith(NODE_TEMPLATE):
        wanted = f"{NODE_TEMPLATE}{{{{EC2PrivateDNSName}}}}"
        bad = ("username", "", f"a node is user {wanted}", f"nodes need the username {wanted} and the nodes' groups")
    elif not mapping.groups and not walk.is_bound:
        bad = ("groups", "", "it gives none", "an entry needs groups that bindings name (the field is `groups`)")
    elif not mapping.username:
        bad = ("username", "", "it gives no username", "an entry needs a username")
    if bad is None:
        return
    field, value, problem, note = bad
    place = config.place(key, mapping.index, field)
    if value:
        place = config.place(key, mapping.index, "groups", mapping.groups.index(value))
    elif lost is None and (field == "groups" or not mapping.username):
        place = config.place(key, mapping.index, mapping.arn_key)
    yield Diagnosis(
        confidence="certain",
        title=f"the entry of `{own_name(walk)}` in aws-auth has {field} that cannot be used: {problem}",
        explanation=f"The principal is let in, but {note}.",
        evidence=(Finding(place, value or ("" if lost else mapping.arn), "cannot be used"),),
        expected=note,
        got=value or "nothing",
        symptom=walk.message,
        help=(f"correct {field} in the entry", "kubectl edit configmap aws-auth -n kube-system"),
        rank=ENTRY - 15,
    )
