"""The third link: something binds a role to the pod."""

from trustpath.engine import sts, webhook
from trustpath.engine.iam.decision import decide_trust
from trustpath.model.answers import Located
from trustpath.model.arn import RoleArn
from trustpath.model.fact import Known
from trustpath.model.iam import Role
from trustpath.model.kubernetes import TEMPLATED, ServiceAccount
from trustpath.model.policy import PolicyDocument
from trustpath.model.source import Source
from trustpath.model.trace import Need
from trustpath.paths.links import NOT_REACHED, Finding, LinkResult, broken, ok, unknown
from trustpath.paths.pod_to_aws.walk import Binding, Walk


def follow(walk: Walk) -> LinkResult:
    """Return what this link found."""
    question = walk.question
    if question.action.lower() == sts.ACTION.lower() and question.resource:
        walk.binding = Binding("question", question.resource, None)
        return ok(f"the call names the role itself: {question.resource}")
    named = walk.credentials
    source = walk.annotation_source
    if named and named.role_arn and (not walk.annotated_role or _set_by_hand(walk)):
        walk.binding = Binding("container", named.role_arn, walk.variable_source(webhook.ROLE_VARIABLE))
        says = f"the container's own AWS_ROLE_ARN names {named.role_arn}"
        return ok(says, *([Finding(walk.binding.source, named.role_arn)] if walk.binding.source else []))
    if walk.annotated_role and source:
        if not (named and named.web_identity):
            association = _association(walk)
            if association:
                return association
        walk.binding = Binding("annotation", walk.annotated_role, source)
        return ok(f"annotated with role {walk.annotated_role}", Finding(source, walk.annotated_role))
    if walk.account is None:
        return _unbound_default(walk)
    return _unbound(walk, walk.account)


def _set_by_hand(walk: Walk) -> bool:
    """Return whether the pod's owner asks for another role than the annotation in its own template."""
    named = walk.credentials
    if named is None or not named.role_arn or named.role_arn == walk.annotated_role or walk.container is None:
        return False
    if walk.pod is None:
        return True
    for owner in walk.metadata.owner_references or ():
        if owner.kind not in TEMPLATED:
            continue
        found = walk.snapshot.kubernetes.object(owner.kind, walk.metadata.namespace or "default", owner.name)
        template = found.value.value.template if isinstance(found, Known) else None
        for container in template.spec.all_containers if template else ():
            if container.name == walk.container.name and container.variable(webhook.ROLE_VARIABLE):
                return True
    return False


def _association(walk: Walk) -> LinkResult | None:
    """Return the answer for a pod that EKS Pod Identity serves, None when it does not (W6, P21)."""
    named = walk.credentials
    association = walk.snapshot.aws.association(walk.namespace, walk.account_name)
    if association:
        return unknown(
            "bound by EKS Pod Identity, which this version does not follow yet",
            Need("the Pod Identity path (agent, association, trust for pods.eks.amazonaws.com)"),
            evidence=(Finding(association.source, association.value.arn, "association"),),
        )
    if named and named.pod_identity and not named.web_identity:
        return unknown(
            "the container uses EKS Pod Identity, which this version does not follow yet",
            Need("the Pod Identity path (agent, association, trust for pods.eks.amazonaws.com)"),
        )
    return None


def _unbound(walk: Walk, account: Located[ServiceAccount]) -> LinkResult:
    association = _association(walk)
    if association:
        return association
    here = Finding(account.source.at("metadata"), walk.account_name, "no role-arn annotation")
    if misplaced_annotation(walk) or annotated_neighbours(walk) or roles_for_subject(walk):
        return broken(
            f"{walk.namespace}/{walk.account_name} has no annotation {webhook.ROLE_ANNOTATION}",
            here,
            expected=f"{webhook.ROLE_ANNOTATION}: the role's ARN",
            got="no such annotation",
        )
    return unknown(
        f"no role is bound to {walk.namespace}/{walk.account_name} and none of those read trusts it: "
        "it would use the node's role",
        Need("which role it is meant to have", "aws iam list-roles > iam-list-roles.json"),
        evidence=(here,),
    )


def _unbound_default(walk: Walk) -> LinkResult:
    """Judge a pod of the account `default` when a dump leaves that account out, as many do.

    Had it been annotated, the webhook would have injected the pod.
    """
    named = walk.credentials
    uninjected = walk.pod is not None and named is not None and not named.token_file and not named.pod_identity
    if walk.account_name != "default" or not uninjected or not annotated_neighbours(walk) or walk.spec_source is None:
        return NOT_REACHED
    return broken(
        f"the pod runs as {walk.namespace}/default and was given no role",
        Finding(walk.spec_source, "default", "the pod runs as this account"),
        expected="a service account that is bound to a role",
        got="default",
    )


def misplaced_annotation(walk: Walk) -> Located[str] | None:
    """Return a role annotation that stands on the pod or its template, where nobody reads it (W2)."""
    role = walk.metadata.annotation(webhook.ROLE_ANNOTATION)
    if not role or walk.spec_source is None:
        return None
    base = Source(walk.spec_source.file, walk.spec_source.document, walk.spec_source.path[:-1])
    return Located(role, base.at("metadata", "annotations", webhook.ROLE_ANNOTATION))


def annotated_neighbours(walk: Walk) -> tuple[Located[ServiceAccount], ...]:
    """Return the other service accounts of the namespace that are annotated with a role."""
    return tuple(
        item
        for item in walk.snapshot.kubernetes.service_accounts_in(walk.namespace)
        if item.value.metadata.name != walk.account_name and item.value.metadata.annotation(webhook.ROLE_ANNOTATION)
    )


def roles_for_subject(walk: Walk) -> tuple[Located[Role], ...]:
    """Return the roles whose trust policy admits this pod's subject from the cluster's issuer."""
    issuer = walk.snapshot.issuer(walk.question.cluster)
    if not isinstance(issuer, Known):
        return ()
    found = []
    for item in walk.snapshot.aws.roles():
        arn = RoleArn.parse(item.value.arn)
        if arn is None or not isinstance(item.value.trust, PolicyDocument):
            continue
        call = sts.WebIdentityCall(arn, walk.subject, issuer.value.value.removeprefix("https://"), sts.DEFAULT_AUDIENCE)
        if decide_trust(item.value.trust, sts.trust_request(call)).result == "allowed":
            found.append(item)
    return tuple(found)
