"""The chain's link: the association's role may assume its target role (P7)."""

from trustpath.engine.eks import pod_identity
from trustpath.engine.iam.session_request import Session
from trustpath.model.arn import RoleArn
from trustpath.model.fact import Known
from trustpath.model.trace import Need
from trustpath.paths.links import NOT_REACHED, Finding, LinkResult, broken, ok, unknown
from trustpath.paths.pod_to_aws.walk import Walk
from trustpath.paths.role_permissions import Evaluation, evaluate


def follow(walk: Walk) -> LinkResult:
    """Return what this link found."""
    target = walk.association.value.target_role_arn if walk.association else ""
    if walk.method != "pod-identity" or not target or walk.association is None:
        return LinkResult("not-applicable", "no second role")
    if walk.acting is None:
        return NOT_REACHED
    arn = RoleArn.parse(target)
    if arn is None:
        return broken(
            f"`{target}` is not the ARN of an IAM role", expected="arn:aws:iam::<account>:role/<name>", got=target
        )
    first, trust = walk.acting, walk.pod_identity_trust
    # Whatever becomes of the chain, the first role is not the one that acts.
    role = walk.snapshot.aws.role(arn)
    tags = role.value.value.tags if isinstance(role, Known) else None
    walk.acting = Session(
        arn, "chained", session_tags=first.session_tags, role_tags=tags, unknown_tags=first.unknown_tags
    )
    context = pod_identity.chained_call_context(trust.call, _external_id(walk)) if trust is not None else {}
    actions = [pod_identity.ASSUME_ROLE]
    if not walk.association.value.session_tags_disabled:
        actions.append(pod_identity.TAG_SESSION)
    walk.chain = tuple(
        evaluate(walk.snapshot, first, action, target, region=walk.region, more=context) for action in actions
    )
    for found in walk.chain:
        if found.denied:
            return broken(
                f"role {first.role.name} may not {found.action} on {target}",
                *found.statements(),
                expected=f"{found.action} in the policies of the one and in the trust policy of the other",
                got="the trust policy does not allow it"
                if found.decision.layer == "resource"
                else "the policies do not allow it",
            )
    open_ones = [found for found in walk.chain if found.decision.result != "allowed"]
    if open_ones:
        needs = tuple(need for found in open_ones for need in found.needs())
        return unknown(
            f"whether {first.role.name} may assume {target} depends on what was not read",
            *(needs or (Need(f"role {target}"),)),
        )
    return ok(f"assumes {target} as its second role")


def _external_id(walk: Walk) -> str:
    """Return the external id of the association: as EKS prints it, else by its parts (P7); empty when not known."""
    if walk.association is None:
        return ""
    if walk.association.value.external_id:
        return walk.association.value.external_id
    parts = walk.cluster_arn.split(":")
    if len(parts) < 6 or not walk.association.value.session_tags_disabled:
        return ""
    return f"{parts[3]}/{parts[4]}/{walk.cluster_name}/{walk.namespace}/{walk.account_name}"


def chain_of(walk: Walk) -> tuple[Evaluation, ...]:
    """Return the verdicts on assuming a second role: by the association, or by the program itself."""
    if any(found.denied for found in walk.chain):
        return tuple(found for found in walk.chain if found.denied)[:1]
    if walk.on_the_way is not None:
        return (walk.on_the_way,) if walk.on_the_way.action.lower().startswith("sts:") else ()
    own = walk.evaluation
    asked = (own, *walk.behind_call) if own is not None and own.action.lower().startswith("sts:") else ()
    return (*walk.chain, *asked)


def trust_findings(found: Evaluation) -> tuple[Finding, ...]:
    """Return the place of the trust policy of the role that is assumed, else of the caller's policies."""
    trust = [Finding(place, "", name) for name, place in found.sources.items() if name.startswith("the trust policy")]
    return tuple(trust) or tuple(Finding(place, "", name) for name, place in found.sources.items())
