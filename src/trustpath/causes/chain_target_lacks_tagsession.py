"""The second role of a chain does not allow sts:TagSession.

What: asks for sts:TagSession beside sts:AssumeRole where the session carries transitive tags.
Why it denies: the tags of a Pod Identity session go along with every chained call, and have to be allowed (P6, P7).
Not a problem when: session tags are switched off in the association.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.eks.pod_identity import ASSUME_ROLE, TAG_SESSION
from trustpath.paths.pod_to_aws.permission_misses import by_message, denial
from trustpath.paths.pod_to_aws.role_chain import chain_of, trust_findings
from trustpath.paths.pod_to_aws.walk import Walk


@cause("permissions", "role-chain")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when sts:AssumeRole is allowed and sts:TagSession is not."""
    for found in chain_of(walk):
        if not found.denied or found.action.lower() != TAG_SESSION.lower() or found.decision.layer != "resource":
            continue
        target = found.resource.rpartition("/")[2]
        side = "the trust policy of the target"
        yield Diagnosis(
            confidence="certain",
            title=f"role `{found.session.role.name}` may not pass its session tags on to `{target}`",
            explanation=f"The session has the transitive tags of Pod Identity; {side} lacks {TAG_SESSION}.",
            evidence=(*trust_findings(found), *by_message(walk)),
            expected=f"{ASSUME_ROLE} and {TAG_SESSION}",
            got=f"no statement with {TAG_SESSION} applies",
            symptom=denial(found, "identity", explicit=False).partition(" because ")[0],
            help=(f"add {TAG_SESSION} to the actions of {side}", "or switch the session tags of the association off"),
            rank=-1,
        )
        return
