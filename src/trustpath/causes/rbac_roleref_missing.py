"""A binding of the user grants a role that does not exist.

What: looks up the role that each binding of the user refers to.
Why it denies: the binding grants nothing (R18), and the API server says "not found" behind the refusal.
Not a problem when: the role comes with a chart that is installed later.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.kubernetes_request.findings import DANGLING, at_binding, at_role_reference, bind_command
from trustpath.paths.kubernetes_request.walk import Walk

_SHOWN = 3


@cause("authorization", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold for each binding that counts here and whose role is not there."""
    if walk.denied is None:
        return
    # What the role would have allowed is not known: it is the cause for sure where nothing else comes near.
    alone = not any(miss.named for miss in walk.rule_misses) and not walk.grant_misses
    for grant in walk.denied.missing[:_SHOWN]:
        role = grant.role
        yield Diagnosis(
            # A binding for everybody of a group says nothing of what this one is meant to do.
            confidence="certain" if alone and grant.subject.kind != "Group" else "likely",
            title=f"{grant.kind} `{grant.binding.metadata.name}` grants {role.kind} `{role.name}`, "
            "which does not exist",
            explanation="A binding to a missing role grants nothing. A roleRef cannot be changed: make the binding "
            "anew.",
            evidence=(*at_role_reference(walk, grant, "no such role"), at_binding(walk, grant, "the binding")),
            expected=f"an existing {role.kind}",
            got=f"{role}, not found",
            symptom=walk.message,
            help=(
                f"create {role}, or delete the binding and bind a role that is there:",
                bind_command(walk, role.kind, "ROLE", grant.namespace),
            ),
            rank=DANGLING,
        )
