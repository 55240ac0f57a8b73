"""The entry in aws-auth is the ARN of a session, not of the role.

What: looks for entries with the ARN of an assumed role or of an instance profile with the principal's name.
Why it denies: the authenticator turns the caller's ARN into the role's, and leaves the entry as it is (M1, M4).
Not a problem when: another entry names the role itself.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.model.arn import Arn
from trustpath.paths.principal_to_cluster.entries import (
    ENTRY,
    NOT_MAPPED,
    at_arn,
    aws_auth_entries,
    own_name,
    rewrite_commands,
)
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk


@cause("mapping", when_unknown=True)
def check(walk: PrincipalWalk) -> Iterator[Diagnosis]:
    """Hold for an entry that names a session of the role, or its instance profile."""
    if walk.aws_auth is None or walk.mode == "API":
        return
    for key, mapping in aws_auth_entries(walk.aws_auth):
        arn = Arn.parse(mapping.arn)
        if arn is None or arn.account != walk.principal.account:
            continue
        kind, _, rest = arn.resource.partition("/")
        name = rest.partition("/")[0] if kind == "assumed-role" else rest.rpartition("/")[2]
        if kind not in ("assumed-role", "instance-profile") or name.lower() != own_name(walk).lower():
            continue
        what = "a session of the role" if kind == "assumed-role" else "an instance profile"
        yield Diagnosis(
            confidence="certain",
            title=f"aws-auth names {what}, where the role `{own_name(walk)}` is meant",
            explanation="The cluster compares the ARN of the role with the entry as it is written.",
            evidence=(at_arn(walk.aws_auth, key, mapping, mapping.arn, f"expected {walk.principal.arn}"),),
            expected=walk.principal.arn,
            got=mapping.arn,
            symptom=NOT_MAPPED,
            help=rewrite_commands(walk),
            rank=ENTRY,
        )
