"""An entry names something that never comes to the cluster: the account's root, a session, a whole account.

What: looks for entries that no role or user can match.
Why it denies: `arn:aws:iam::<account>:root` is the root user alone, not everybody in the account (C10, A6).
Not a problem when: somebody really signs in as the root user.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.links import Finding
from trustpath.paths.principal_to_cluster.entries import IGNORED, UNAUTHORIZED, add_mapping, aws_auth_entries, is_node
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk


@cause("mapping")
def check(walk: PrincipalWalk) -> Iterator[Diagnosis]:
    """Hold for an entry of the principal's account that stands for the root, or has a star."""
    found = next((item for item in _entries(walk) if _matches_nobody(item.value, walk.principal.account)), None)
    if found is None or walk.entry is not None or walk.mapping is not None:
        return
    star = "*" in found.value
    yield Diagnosis(
        confidence="certain",
        title=f"the entry for `{found.value}` "
        + (
            "has a star, and there are no patterns"
            if star
            else "is for the account's root user, not for everybody in it"
        ),
        explanation="Each role and user needs an entry of its own.",
        evidence=(Finding(found.source, found.value, f"expected {walk.principal.arn}"),),
        expected=walk.principal.arn,
        got=found.value,
        symptom=UNAUTHORIZED,
        help=add_mapping(walk, node=is_node(walk)),
        rank=IGNORED,
    )


def _matches_nobody(arn: str, account: str) -> bool:
    return arn.endswith(f":{account}:root") or (f":{account}:" in arn and "*" in arn)


def _entries(walk: PrincipalWalk) -> Iterator[Finding]:
    if walk.mode != "CONFIG_MAP":
        for entry in walk.snapshot.aws.access_entries():
            yield Finding(entry.source.at("principalArn"), entry.value.principal_arn)
        listed = walk.snapshot.aws.listed_access_entries
        if listed:
            for index, arn in enumerate(listed[0]):
                yield Finding(listed[1].at("accessEntries", index), arn)
    if walk.aws_auth is not None and walk.mode != "API":
        for key, mapping in aws_auth_entries(walk.aws_auth):
            yield Finding(walk.aws_auth.place(key, mapping.index, mapping.arn_key), mapping.arn)
