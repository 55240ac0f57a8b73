"""The third link: something binds a role to the pod."""

from difflib import SequenceMatcher
from functools import cache
from shlex import quote

from trustpath.engine import sts, webhook
from trustpath.engine.eks import pod_identity
from trustpath.engine.iam.decision import decide_trust
from trustpath.model.answers import Located
from trustpath.model.arn import RoleArn
from trustpath.model.eks import PodIdentityAssociation
from trustpath.model.fact import Absent, Denied, Known, NotCollected
from trustpath.model.iam import Role
from trustpath.model.kubernetes import PodSpec, ServiceAccount
from trustpath.model.policy import PolicyDocument
from trustpath.model.trace import Need
from trustpath.paths.links import NOT_REACHED, Finding, LinkResult, broken, ok, unknown, unread
from trustpath.paths.pod_to_aws.admission import self_hosted_webhook
from trustpath.paths.pod_to_aws.walk import Binding, Walk

# Keys that people write in place of the annotation: kiam's and kube2iam's, and its own last part alone (W4).
_WRONG_KEYS = frozenset(
    {
        "eks.amazonaws.com/role",
        "iam.amazonaws.com/role",
        "role-arn",
    }
)
_ALIKE = 0.9
"""From where on two keys are one with a slip; `eks.amazonaws.com/audience` has less."""
_ADDON_OF = {"aws-node": "vpc-cni"}
_ADDONS = frozenset(
    {"aws-ebs-csi-driver", "aws-efs-csi-driver", "aws-mountpoint-s3-csi-driver", "aws-node", "eks-pod-identity-agent"}
)
"""What the pods of add-ons that act in AWS are called, and the one add-on with another name."""


def follow(walk: Walk) -> LinkResult:
    """Return what this link found."""
    question = walk.question
    if walk.namespace == "kube-system":
        # EKS writes the role of an add-on on its account by itself.
        account = (walk.account.value.metadata.labels or {}) if walk.account else {}
        for name in sorted({*(walk.metadata.labels or {}).values(), *account.values()} & _ADDONS):
            walk.snapshot.aws.want_addon(walk.cluster_name, _ADDON_OF.get(name, name))
    if question.action.lower() == sts.ACTION.lower() and question.resource:
        walk.binding = Binding("question", question.resource, None)
        return ok(f"the call names the role itself: {question.resource}")
    named = walk.credentials
    if named and named.role_hidden:
        return unknown(
            "the container takes AWS_ROLE_ARN from a ConfigMap or Secret",
            Need("the value in the running container", walk.printenv(webhook.ROLE_VARIABLE)),
        )
    if named and not named.web_identity and walk.container and walk.container.env_from and _has_sts_token(walk.spec):
        return unknown(
            "the container takes variables from ConfigMaps or Secrets (envFrom) and has a token that STS may accept",
            Need("the values in the running container", walk.printenv(webhook.ROLE_VARIABLE, webhook.TOKEN_VARIABLE)),
        )
    source = walk.annotation_source
    if named and named.web_identity and _was_composed(walk.annotated_role, named.role_arn):
        walk.binding = Binding("container", named.role_arn, walk.variable_source(webhook.ROLE_VARIABLE))
        return ok(f"the webhook made {named.role_arn} of the annotation `{walk.annotated_role}`")
    if named and named.role_arn and _is_the_containers_own(walk):
        walk.binding = Binding("container", named.role_arn, walk.variable_source(webhook.ROLE_VARIABLE))
        says = f"the container's own AWS_ROLE_ARN names {named.role_arn}"
        return ok(says, *([Finding(walk.binding.source, named.role_arn)] if walk.binding.source else []))
    association = None if named and named.web_identity else _association(walk)
    if association:
        return association
    if walk.annotated_role and source:
        walk.binding = Binding("annotation", walk.annotated_role, source)
        return ok(f"annotated with role {walk.annotated_role}", Finding(source, walk.annotated_role))
    if walk.account is None:
        return _unbound_default(walk)
    result = _unbound(walk, walk.account)
    return _node_binding(walk) or result if result.state == "unknown" else result


def _node_binding(walk: Walk) -> LinkResult | None:
    """Return the node's role as the one that counts, for a question about what the pod may do; None without either."""
    named, role = walk.credentials, walk.host.role
    if not walk.action or walk.pod is None or role is None or named is None or named.configured:
        return None
    if walk.container and walk.container.env_from:
        return None
    walk.binding = Binding("node", str(role), None)
    return ok(f"{walk.namespace}/{walk.account_name} has no role of its own: the node's role {role.name} counts")


def _was_composed(annotation: str, injected: str) -> bool:
    """Return whether a webhook with --compose-role-arn made the ARN of a bare role name (W1)."""
    return bool(annotation) and "arn:" not in annotation and injected.endswith(f":role/{annotation}")


def _has_sts_token(spec: PodSpec | None) -> bool:
    """Return whether a volume holds a token with an audience of its own, without which nothing works."""
    return any(
        part.service_account_token is not None and bool(part.service_account_token.audience)
        for volume in (spec.volumes or () if spec else ())
        for part in (volume.projected.sources or () if volume.projected else ())
    )


def _is_the_containers_own(walk: Walk) -> bool:
    """Return whether the role in the container counts, and not the service account's annotation (W8).

    Without an annotation only a whole pair is a binding. With one, the container's role is its own where
    the pod's owner asks for it in its template, or where nobody owns the pod.
    """
    named = walk.credentials
    if named is None:
        return False
    if not walk.annotated_role:
        return named.web_identity or named.token_hidden
    return named.role_arn != walk.annotated_role and walk.asks_for_role_itself is True


def _association(walk: Walk) -> LinkResult | None:
    """Return the answer for a pod that EKS Pod Identity serves, None when it does not (W6, P21)."""
    found = walk.snapshot.aws.association(walk.cluster_name, walk.namespace, walk.account_name)
    named = walk.credentials
    injected = named is not None and named.pod_identity
    match found:
        case Known(located):
            walk.association = located
            association = located.value
            evidence = Finding(located.source, association.arn, "association")
            if not association.role_arn:
                command = (
                    f"aws eks describe-pod-identity-association --cluster-name {quote(association.cluster or 'NAME')} "
                    f"--association-id {quote(association.arn.rpartition('/')[2])} "
                    "> eks-describe-pod-identity-association.json"
                )
                return unknown(
                    "bound by a Pod Identity association; its role was not read",
                    NotCollected("the role of the association", command),
                    evidence=(evidence,),
                )
            walk.binding = Binding("association", association.role_arn, located.source.at("roleArn"))
            return ok(f"a Pod Identity association binds role {association.role_arn}", evidence)
        case Absent() as absent if injected:
            return broken(
                f"the pod was given Pod Identity, and {walk.namespace}/{walk.account_name} has no association now: "
                f"{absent.shown_by}",
                *_pod_identity_variable(walk),
                expected=f"an association for {walk.namespace}/{walk.account_name}",
                got="none",
            )
        case Absent():
            return None
        case missing if injected:
            return unknown(f"bound by Pod Identity; the association {unread(missing)}", missing)
        case _:
            return None


def _pod_identity_variable(walk: Walk) -> tuple[Finding, ...]:
    source = walk.variable_source("AWS_CONTAINER_CREDENTIALS_FULL_URI")
    return (Finding(source, walk.credentials.full_uri if walk.credentials else ""),) if source else ()


def _unbound(walk: Walk, account: Located[ServiceAccount]) -> LinkResult:
    here = Finding(account.source.at("metadata"), walk.account_name, "no role-arn annotation")
    if walk.pod is None and self_hosted_webhook(walk.snapshot):
        return unknown(
            "the account names no role; a self-hosted webhook may read another annotation or a ConfigMap",
            Need(
                "the webhook's flags and its ConfigMap",
                "kubectl get deployments,configmaps -n kube-system -o yaml > webhook.yaml",
            ),
            evidence=(here,),
        )
    if (
        wrong_keys(account)
        or misplaced_annotation(walk)
        or bound_neighbours(walk)
        or associated_neighbours(walk)
        or roles_for_subject(walk)
        or unassociated_role(walk)
    ):
        return broken(
            f"{walk.namespace}/{walk.account_name} has no annotation {webhook.ROLE_ANNOTATION}",
            here,
            expected=f"{webhook.ROLE_ANNOTATION}: the role's ARN",
            got="no such annotation",
        )
    association = walk.snapshot.aws.association(walk.cluster_name, walk.namespace, walk.account_name)
    if isinstance(association, Denied | NotCollected):
        return unknown(
            f"{walk.namespace}/{walk.account_name} is annotated with no role; whether a Pod Identity association binds "
            f"one {unread(association)}",
            association,
            evidence=(here,),
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
    uninjected = named is not None and not (named.token_file or named.token_hidden or named.pod_identity)
    if walk.account_name != "default" or not uninjected or walk.pod is None or walk.spec_source is None:
        return NOT_REACHED
    if not bound_neighbours(walk) and not associated_neighbours(walk):
        return NOT_REACHED
    return broken(
        f"the pod runs as {walk.namespace}/default and was given no role",
        Finding(walk.spec_source, "default", "the pod runs as this account"),
        expected="a service account that is bound to a role",
        got="default",
    )


def wrong_keys(account: Located[ServiceAccount]) -> tuple[str, ...]:
    """Return the annotations of an account that look like the role's and that the webhook does not read."""
    return tuple(key for key in account.value.metadata.annotations or {} if is_wrong_key(key))


@cache
def is_wrong_key(key: str) -> bool:
    """Return whether an annotation's key is taken for the role's, or is the role's with a slip of the pen."""
    if key == webhook.ROLE_ANNOTATION:
        return False
    small = key.lower()
    return small in _WRONG_KEYS or SequenceMatcher(None, small, webhook.ROLE_ANNOTATION).ratio() > _ALIKE


def misplaced_annotation(walk: Walk) -> Located[str] | None:
    """Return a role annotation that stands on the pod or its template, where nobody reads it (W2)."""
    role = walk.metadata.annotation(webhook.ROLE_ANNOTATION)
    if not role or walk.metadata_source is None:
        return None
    return Located(role, walk.metadata_source.at("annotations", webhook.ROLE_ANNOTATION))


def annotated_neighbours(walk: Walk) -> tuple[Located[ServiceAccount], ...]:
    """Return the other service accounts of the namespace that are annotated with a role."""
    return tuple(
        item
        for item in walk.snapshot.kubernetes.service_accounts_in(walk.namespace)
        if item.value.metadata.name != walk.account_name and item.value.metadata.annotation(webhook.ROLE_ANNOTATION)
    )


def bound_neighbours(walk: Walk) -> tuple[Located[ServiceAccount], ...]:
    """Return the annotated service accounts that this pod may have been meant to run as.

    For a pod of `default` any of them; for another one only those that no pod runs as.
    """
    return tuple(
        item
        for item in annotated_neighbours(walk)
        if walk.account_name == "default"
        or walk.snapshot.kubernetes.runs_no_pod(walk.namespace, item.value.metadata.name)
    )


def associated_neighbours(walk: Walk) -> tuple[Located[PodIdentityAssociation], ...]:
    """Return the associations that this pod may have been meant to have.

    Those of other accounts of the namespace that no pod runs as, or for a pod of `default` of any; and of an account
    of the same name elsewhere, where that namespace has no pod of it.
    """
    kubernetes = walk.snapshot.kubernetes
    here = [
        item
        for item in walk.snapshot.aws.associations_in(walk.namespace)
        if item.value.service_account != walk.account_name
        and (walk.account_name == "default" or kubernetes.runs_no_pod(walk.namespace, item.value.service_account))
    ]
    elsewhere = [
        item
        for item in walk.snapshot.aws.associations_of(walk.account_name)
        if walk.account_name != "default"
        and item.value.namespace != walk.namespace
        and kubernetes.runs_no_pod(item.value.namespace, walk.account_name)
    ]
    return (*here, *elsewhere)


def unassociated_role(walk: Walk) -> Located[Role] | None:
    """Return the one role that trusts EKS Pod Identity and that no association binds, where the list of them was read.

    Several such roles, or one of other workloads, show nothing of this pod: it has to be the only one.
    """
    fact = walk.snapshot.aws.association(walk.cluster_name, walk.namespace, walk.account_name)
    if not isinstance(fact, Absent) or walk.pod is None:
        return None
    walk.snapshot.aws.want_roles()
    bound = {item.value.role_arn for item in walk.snapshot.aws.associations()}
    found = [
        role
        for role in walk.snapshot.aws.roles()
        if role.value.arn not in bound
        and isinstance(role.value.trust, PolicyDocument)
        and _names_agent(role.value.trust)
    ]
    return found[0] if len(found) == 1 else None


def _names_agent(trust: PolicyDocument) -> bool:
    return any(
        entry.kind == "Service" and entry.value == pod_identity.SERVICE
        for statement in trust.statements
        if statement.effect == "Allow"
        for entry in statement.principals or ()
    )


def roles_for_subject(walk: Walk) -> tuple[Located[Role], ...]:
    """Return the roles whose trust policy is meant for this service account.

    It admits the account from the cluster's issuer, and not just any account: a policy without a condition
    on the subject is no sign of intent (S19).
    """
    issuer = walk.snapshot.issuer(walk.question.cluster)
    if not isinstance(issuer, Known):
        return ()
    walk.snapshot.aws.want_roles()
    stranger = sts.subject(f"not-{walk.namespace}", f"not-{walk.account_name}")
    name = issuer.value.value.removeprefix("https://")
    return tuple(
        item
        for item in walk.snapshot.aws.roles()
        if _admits(item.value, walk.subject, name) and not _admits(item.value, stranger, name)
    )


def _admits(role: Role, subject: str, issuer: str) -> bool:
    arn = RoleArn.parse(role.arn)
    if arn is None or not isinstance(role.trust, PolicyDocument):
        return False
    call = sts.WebIdentityCall(arn, subject, issuer, sts.DEFAULT_AUDIENCE)
    return decide_trust(role.trust, sts.trust_request(call)).result == "allowed"
