"""The role does not exist.

What: looks the role up among those that IAM listed, or takes IAM's own "cannot be found".
Why it denies: STS answers AccessDenied; it does not tell a missing role from a refusing one (S2).
Not a problem when: the role was made after the dump.
"""

import difflib
from collections.abc import Iterator
from shlex import quote

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.messages.sts import NOT_AUTHORIZED
from trustpath.model.arn import RoleArn
from trustpath.model.fact import Absent
from trustpath.paths.pod_to_aws.walk import Walk


@cause("role-arn")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the facts show that no role has this ARN."""
    if walk.role_arn is None or not isinstance(walk.snapshot.aws.role(walk.role_arn), Absent):
        return
    names = [arn.name for role in walk.snapshot.aws.roles() if (arn := RoleArn.parse(role.value.arn))]
    namesake = walk.snapshot.aws.role_of_name(walk.role_arn)
    near = difflib.get_close_matches(walk.role_arn.name, names, n=1, cutoff=0.7)
    hint = f" A role with a similar name exists: {near[0]}." if near else ""
    yield Diagnosis(
        confidence="certain",
        title=f"role `{walk.role_arn}` does not exist",
        explanation=f"IAM has no role with exactly this ARN; path and case count.{hint}",
        evidence=walk.result("role-arn").evidence,
        expected="an existing role",
        got=str(walk.role_arn),
        symptom=NOT_AUTHORIZED,
        help=(f"write {namesake}, the role of that name, then recreate the pods",)
        if namesake
        else (
            "create it, or correct the annotation; this shows whether it is there:",
            f"aws iam get-role --role-name {quote(walk.role_arn.name)}",
        ),
    )
