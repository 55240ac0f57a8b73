"""The principal is in aws-auth, and the cluster's authentication mode does not read it.

What: maps the principal with aws-auth although the mode is API.
Why it denies: in the mode API only access entries count (A1, A2).
Not a problem when: the principal has an access entry as well.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.eks.aws_auth import AwsAuthMapper, Mapped
from trustpath.paths.links import Finding
from trustpath.paths.principal_to_cluster.entries import IGNORED, UNAUTHORIZED, add_mapping, is_node, own_name
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk


@cause("mapping", when_unknown=True)
def check(walk: PrincipalWalk) -> Iterator[Diagnosis]:
    """Hold when aws-auth would let the principal in."""
    if walk.mode != "API" or walk.aws_auth is None or walk.cluster is None:
        return
    result = AwsAuthMapper(walk.aws_auth).map(walk.caller)
    if not isinstance(result, Mapped) or result.mapping is None:
        return
    mapping = result.mapping
    key = "mapUsers" if mapping in walk.aws_auth.users else "mapRoles"
    yield Diagnosis(
        confidence="certain",
        title=f"`{own_name(walk)}` is in aws-auth only, and the cluster's authentication mode is API",
        explanation="In this mode aws-auth is not read at all, and the mode cannot be changed back.",
        evidence=(
            Finding(
                walk.cluster.source.at("cluster", "accessConfig", "authenticationMode"), "API", "aws-auth is ignored"
            ),
            Finding(walk.aws_auth.place(key, mapping.index, mapping.arn_key), mapping.arn, "the entry"),
        ),
        expected="an access entry",
        got="an entry in aws-auth",
        symptom=UNAUTHORIZED,
        help=add_mapping(walk, node=is_node(walk)),
        rank=IGNORED,
    )
