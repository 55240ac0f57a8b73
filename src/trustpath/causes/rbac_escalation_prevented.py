"""The author of a role or binding grants what it does not hold itself.

What: breaks the granted rules into single rights and looks for each among the author's own rules.
Why it denies: else whoever may write roles could take any right (R36, R37, R39).
Not a problem when: the author has the verb escalate on the role, or bind on the role that is granted.
"""

from collections.abc import Iterator
from shlex import quote

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.rbac.escalation import described
from trustpath.model.rbac import Binding
from trustpath.paths.kubernetes_request.walk import Walk
from trustpath.paths.links import Finding


@cause("escalation", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold for rights that the author lacks, and where the API server says so."""
    if walk.user is None:
        return
    if walk.symptom is not None and walk.symptom.kind == "escalation":
        yield Diagnosis(
            confidence="certain",
            title=f"{walk.who} grants rights that it does not hold",
            explanation="The API server compares the author's own RBAC rules with those that it grants; rights from "
            "an access policy are not among them.",
            evidence=(Finding(walk.symptom_place, ""),),
            symptom=walk.symptom.text.strip()[:300],
            help=_mending("", binding=False),
        )
        return
    if walk.object is None or walk.escalation is None or not walk.escalation.missing:
        return
    kind, located = walk.object
    missing = walk.escalation.missing
    shown = "; ".join(described(rule) for rule in missing[:4]) + (f"; {len(missing) - 4} more" if missing[4:] else "")
    binding = kind in ("RoleBinding", "ClusterRoleBinding")
    resource = f"{kind.lower()}s.rbac.authorization.k8s.io"
    yield Diagnosis(
        confidence="certain",
        title=f"{walk.who} does not hold what {kind} `{located.value.metadata.name}` grants",
        explanation=f"It lacks {shown}. Whoever writes a role or binding has to hold every right in it, in that scope.",
        evidence=(Finding(located.source.at("metadata", "name"), located.value.metadata.name, "grants more"),),
        expected="only rights that the author holds",
        got=described(missing[0]),
        symptom=f'{resource} "{located.value.metadata.name}" is forbidden: user "{walk.user.name}" '
        f"(groups=[…]) is attempting to grant RBAC permissions not currently held",
        help=_mending(located.value.role_ref.name if isinstance(located.value, Binding) else "", binding=binding),
    )


def _mending(role: str, *, binding: bool) -> tuple[str, ...]:
    verb, resource = ("bind", "clusterroles") if binding else ("escalate", "roles,clusterroles")
    names = f" --resource-name={quote(role)}" if binding else ""
    return (
        "let somebody write it who holds these rights, grant them to the author, or give it the verb:",
        f"kubectl create clusterrole {verb}-roles --verb={verb} --resource={resource}{names}",
    )
