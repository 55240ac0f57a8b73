"""No policy of the role allows the action.

What: asks every identity policy of the role for a statement that covers the action.
Why it denies: what no statement allows is denied (iam-evaluation 4.1).
Not a problem when: a resource's policy in the same account names the role.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.pod_to_aws.permission_misses import (
    by_message,
    denial,
    denied,
    grant_commands,
    identity_miss,
    policy_findings,
    sureness,
    told,
)
from trustpath.paths.pod_to_aws.walk import Walk
from trustpath.paths.role_permissions import Evaluation


@cause("permissions", "role-chain", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when no Allow statement of an identity policy names the action at all."""
    for found in denied(walk, "identity"):
        explicit = found.decision.result == "explicitly-denied"
        if explicit or found.action.lower().startswith("kms:") or identity_miss(found)[0] != "action":
            continue
        yield Diagnosis(
            confidence=sureness(walk, found),
            title=f"no policy of role `{found.session.role.name}` allows {found.action}",
            explanation=_explanation(found),
            evidence=(*policy_findings(walk, found), *by_message(walk)),
            expected=f"a statement that allows {found.action}",
            got="none",
            symptom=denial(found, "identity", explicit=False),
            help=grant_commands(found),
        )
        return
    said = told(walk, "identity")
    undecided = walk.evaluation is not None and walk.evaluation.decision.result == "unknown"
    if walk.evaluation is not None and undecided and said is not None and not said.explicit:
        yield Diagnosis(
            confidence="likely",
            title=f"no policy of role `{walk.evaluation.session.role.name}` allows {walk.action}, as AWS says",
            explanation="Not every policy of the role was read.",
            evidence=by_message(walk),
            expected=f"a statement that allows {walk.action}",
            got="none",
            symptom=denial(walk.evaluation, "identity", explicit=False),
            help=grant_commands(walk.evaluation),
        )


def _explanation(found: Evaluation) -> str:
    names = [name.removeprefix("policy ") for name in found.sources if name.startswith("policy ")]
    listed = f"It has {', '.join(names)}." if names else "It has no policy."
    return listed + (" Inline policies were not listed." if found.inline_unlisted else "")
