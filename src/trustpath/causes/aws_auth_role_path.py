"""The entry in aws-auth has the path of the role in its ARN.

What: looks for an entry with the role's name and account, and a path between.
Why it denies: STS leaves the path out of a session's ARN, and aws-auth is compared as it is written (M3, M4).
Not a problem when: the entry is a user's: users keep their path. Access entries need the path as well.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.model.arn import RoleArn
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
    """Hold for an entry that would match without its path."""
    if walk.aws_auth is None or walk.mode == "API":
        return
    for key, mapping in aws_auth_entries(walk.aws_auth):
        arn = RoleArn.parse(mapping.arn)
        if arn is None or arn.path == "/" or arn.account != walk.principal.account:
            continue
        if arn.name.lower() != own_name(walk).lower():
            continue
        yield Diagnosis(
            confidence="certain",
            title=f"aws-auth names `{own_name(walk)}` with the path `{arn.path}`, which the cluster never sees",
            explanation="The ARN of a session has no path, so that an entry with one never matches.",
            evidence=(at_arn(walk.aws_auth, key, mapping, arn.path, f"expected {walk.principal.arn}"),),
            expected=walk.principal.arn,
            got=mapping.arn,
            symptom=NOT_MAPPED,
            help=rewrite_commands(walk),
            rank=ENTRY,
        )
