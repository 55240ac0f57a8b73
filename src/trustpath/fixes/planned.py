"""Applies a Terraform plan to a copy of the facts: resources of the providers aws and kubernetes.

What is known only when the plan has been applied becomes a missing fact, so that an answer that needs it is unknown.
"""

import copy
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from msgspec import structs

from trustpath.facts.collected import GROUPS
from trustpath.fixes.application import InapplicableError, apply_object, delete_object
from trustpath.fixes.planned_manifests import MANIFESTS, manifests_of
from trustpath.model.answers import Answers, ListedArns, Located, Refusal
from trustpath.model.arn import Arn, OidcProviderArn
from trustpath.model.aws_facts import PENDING_ENTRIES
from trustpath.model.eks import AccessEntry, AssociatedPolicies, AssociatedPolicy, PodIdentityAssociation
from trustpath.model.iam import (
    Document,
    InlinePolicy,
    InlinePolicyNames,
    ManagedPolicy,
    OidcProvider,
    PolicyAttachments,
    PolicyVersion,
    ResourcePolicy,
    Role,
)
from trustpath.model.policy import parse_policy
from trustpath.model.snapshot import Snapshot
from trustpath.model.source import Source
from trustpath.model.terraform_plan import UNKNOWN, PlannedResource, Unknown

T = TypeVar("T")


class _UntoldError(Exception):
    """What a resource does to the facts cannot be told: even its name is known only when the plan has been applied."""


def apply_plan(snapshot: Snapshot, plan: tuple[PlannedResource, ...]) -> tuple[Snapshot, tuple[str, ...]]:
    """Return the facts as they are when a plan has been applied, and the addresses of resources that may matter and
    that nobody reads: workloads, charts, and those of which not even the name is known.
    """
    answers = copy.copy(snapshot.answers)
    answers.pending_objects, answers.pending_arns = dict(answers.pending_objects), dict(answers.pending_arns)
    answers.deleted_objects = dict(answers.deleted_objects)
    unread: set[str] = set()
    for resource in sorted(plan, key=_order):
        try:
            if resource.type in MANIFESTS:
                _apply_manifests(answers, resource)
            elif resource.type in _AWS:
                _AWS[resource.type](_Planned(answers, resource, snapshot.aws.account))
            elif _may_matter(resource.type):
                unread.add(resource.address)
        except (_UntoldError, InapplicableError):
            unread.add(resource.address)
    same_objects = answers.objects is snapshot.answers.objects and not answers.pending_objects
    return Snapshot(answers, snapshot.kubernetes if same_objects else None), tuple(
        resource.address for resource in plan if resource.address in unread
    )


def _order(resource: PlannedResource) -> tuple[bool, int]:
    """Return when a resource's turn comes: what is moved to another address goes before it comes, and a role comes
    before what it is given.
    """
    first = ("aws_iam_role", "aws_iam_policy")
    return resource.after is not None, first.index(resource.type) if resource.type in first else len(first)


def _may_matter(type_: str) -> bool:
    of_providers = type_.startswith(("aws_iam_", "aws_eks_", "kubernetes_")) or type_ == "helm_release"
    return of_providers and not type_.startswith(_OF_NO_INTEREST)


_OF_NO_INTEREST = ("aws_iam_user", "aws_iam_group", "aws_iam_account", "aws_iam_server", "aws_iam_service_linked",
                   "aws_iam_instance_profile", "kubernetes_secret", "kubernetes_persistent", "kubernetes_storage",
                   "kubernetes_service_v1", "kubernetes_ingress")  # fmt: skip


def _apply_manifests(answers: Answers, resource: PlannedResource) -> None:
    found = False
    for item in manifests_of(resource):
        found = True
        key = (item.kind, item.namespace, item.name)
        if item.kind not in GROUPS:
            continue
        if item.is_pending or item.value is None:
            delete_object(answers, *key)
            into = answers.pending_objects if item.is_pending else answers.deleted_objects
            into[key] = resource.address
        elif item.patch is not None and not _holds(answers, *key):
            apply_object(answers, item.value, item.namespace)
        else:
            apply_object(answers, item.patch or item.value, item.namespace)
    if not found:
        raise _UntoldError


def _holds(answers: Answers, kind: str, namespace: str, name: str) -> bool:
    return any(
        of == kind
        and item.value.metadata.name == name
        and (not namespace or (item.value.metadata.namespace or "default") == namespace)
        for of, item in answers.objects
    )


class _Planned:
    """A resource of AWS on its way into the facts."""

    def __init__(self, answers: Answers, resource: PlannedResource, account: str) -> None:
        self.answers = answers
        self.resource = resource
        self.account = account
        self.source = Source(f"terraform: {resource.address}")

    @property
    def is_deleted(self) -> bool:
        return self.resource.after is None

    def arn(self, kind: str) -> str:
        """Return the ARN: what the plan says, else as IAM makes it of account, path and name.

        Raises _UntoldError without these. Another configuration of the provider may lead to another account.
        """
        known, name, path = (self.resource.text(key) for key in ("arn", "name", "path"))
        old = self.resource.old_text("arn")
        if self.is_deleted or (
            old and name == self.resource.old_text("name") and path == self.resource.old_text("path")
        ):
            return _checked(old)
        if isinstance(known, str) and known:
            return _checked(known)
        is_own = self.resource.provider in ("", "aws") and self.account
        if not is_own or not isinstance(name, str) or not name or not isinstance(path, str):
            raise _UntoldError
        partition = next((item.value.arn.split(":")[1] for item in self.answers.roles), "aws")
        return f"arn:{partition}:iam::{self.account}:{kind}{path or '/'}{name}"

    def unnamed(self, kind: str) -> str:
        """Return an ARN for what has none yet: nobody has read it, so that what it allows is not known."""
        return f"arn:aws:iam::{self.account}:{kind}/{self.resource.address}"

    def document(self, key: str) -> Document | None:
        """Return a policy, None where it is not known."""
        text = self.resource.text(key)
        return None if isinstance(text, Unknown) else parse_policy(text)

    def not_found(self, action: str, name: str, account: str) -> None:
        """Note that something is not there any more, as AWS would say it."""
        said = Refusal("NotFound", action, name, f"{self.resource.address} is deleted by the plan", account)
        self.answers.refusals = [*self.answers.refusals, Located(said, self.source)]

    def located(self, value: T) -> Located[T]:
        return Located(value, self.source)


def _checked(arn: str) -> str:
    """Return an ARN. Raises _UntoldError for what is none."""
    if Arn.parse(arn) is None:
        raise _UntoldError
    return arn


def _without(items: list[Located[T]], is_meant: Callable[[T], bool]) -> list[Located[T]]:
    return [item for item in items if not is_meant(item.value)]


def _listed(lists: list[ListedArns], arn: str, account: str, *, there: bool) -> list[ListedArns]:
    """Return the lists with an ARN in those of its account, or without it."""
    return [
        structs.replace(item, arns=(*(other for other in item.arns if other != arn), *([arn] if there else [])))
        if item.account in ("", account)
        else item
        for item in lists
    ]


def _role(planned: _Planned) -> None:
    answers, resource = planned.answers, planned.resource
    arn = planned.arn("role")
    name = arn.rpartition("/")[2]
    old = resource.old_text("arn") or arn
    account = arn.split(":")[4]
    answers.roles = _without(answers.roles, lambda role: role.arn in (arn, old))
    answers.role_lists = _listed(answers.role_lists, old, account, there=False)
    if planned.is_deleted or old != arn:
        planned.not_found("iam:GetRole", old.rpartition("/")[2], account)
    if planned.is_deleted:
        return
    answers.role_lists = _listed(answers.role_lists, arn, account, there=True)
    trust, boundary = planned.document("assume_role_policy"), resource.text("permissions_boundary")
    if trust is None or isinstance(boundary, Unknown):
        answers.pending_arns[arn] = resource.address
        return
    tags = resource.value("tags_all") if resource.value("tags_all") is not None else resource.value("tags")
    known_tags = {str(key): str(value) for key, value in tags.items()} if isinstance(tags, Mapping) else {}
    made = Role(arn, name, trust, boundary, tags=None if tags is UNKNOWN else known_tags)
    answers.roles = [*answers.roles, planned.located(made)]
    if resource.before is None:
        answers.attachments = [*answers.attachments, planned.located(PolicyAttachments(name, (), account))]
        names = InlinePolicyNames(name, (), account)
        answers.inline_policy_names = [*answers.inline_policy_names, planned.located(names)]
    _inline_blocks(planned, name, account)
    before = _texts((resource.before or {}).get("managed_policy_arns"))
    managed = resource.texts("managed_policy_arns")
    for policy in before:
        _attach(planned, name, policy, attached=False)
    for policy in managed if isinstance(managed, tuple) else (planned.unnamed("policy"),):
        _attach(planned, name, policy)


def _inline_blocks(planned: _Planned, role: str, account: str) -> None:
    """Put the policies that stand in the role's own block, and take away those that stood there."""
    resource = planned.resource
    after = resource.value("inline_policy")
    for block in _blocks((resource.before or {}).get("inline_policy")):
        _take_inline(planned, role, account, str(block.get("name")))
    for block in _blocks(after):
        if block.get("name"):
            text = block.get("policy")
            document = parse_policy(text) if isinstance(text, str) else None
            _put_inline(planned, role, account, str(block["name"]), document)
    if after is UNKNOWN:
        _put_inline(planned, role, account, resource.address, None)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _blocks(value: object) -> Iterable[Mapping[str, object]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _put_inline(planned: _Planned, role: str, account: str, name: str, document: Document | None) -> None:
    answers = planned.answers
    answers.inline_policies = _without(
        answers.inline_policies,
        lambda item: (item.role, item.name) == (role, name) and item.account in ("", account),
    )
    if document is not None:
        made = InlinePolicy(role, name, document, account)
        answers.inline_policies = [*answers.inline_policies, planned.located(made)]
    # A name in the list without its document is a missing fact.
    named = InlinePolicyNames(role, (name,), account)
    answers.inline_policy_names = [*answers.inline_policy_names, planned.located(named)]


def _take_inline(planned: _Planned, role: str, account: str, name: str) -> None:
    answers = planned.answers
    answers.inline_policies = _without(
        answers.inline_policies,
        lambda item: (item.role, item.name) == (role, name) and item.account in ("", account),
    )
    answers.inline_policy_names = [
        Located(structs.replace(item.value, names=tuple(n for n in item.value.names if n != name)), item.source)
        if item.value.role == role
        else item
        for item in answers.inline_policy_names
    ]


def _role_policy(planned: _Planned) -> None:
    resource = planned.resource
    if resource.before is not None:
        _take_inline(planned, resource.old_text("role"), planned.account, resource.old_text("name"))
    if planned.is_deleted:
        return
    role_, name_ = resource.text("role"), resource.text("name")
    if isinstance(role_, Unknown):
        raise _UntoldError
    name = name_ if isinstance(name_, str) and name_ else resource.address
    _put_inline(planned, role_, planned.account, name, planned.document("policy"))


def _attach(planned: _Planned, role: str, policy: str, *, attached: bool = True) -> None:
    answers, account = planned.answers, planned.account

    def changed(item: PolicyAttachments) -> PolicyAttachments:
        if item.role != role or item.account not in ("", account):
            return item
        kept = tuple(arn for arn in item.policy_arns if arn != policy)
        return structs.replace(item, policy_arns=(*kept, policy) if attached else kept)

    # Where nobody read what the role has, one more policy is no list of them.
    answers.attachments = [Located(changed(item.value), item.source) for item in answers.attachments]


def _attachment(planned: _Planned) -> None:
    resource = planned.resource
    if resource.before is not None:
        _attach(planned, resource.old_text("role"), resource.old_text("policy_arn"), attached=False)
    if planned.is_deleted:
        return
    role, policy = resource.text("role"), resource.text("policy_arn")
    if isinstance(role, Unknown):
        raise _UntoldError
    _attach(planned, role, policy if isinstance(policy, str) else planned.unnamed("policy"))


def _policy(planned: _Planned) -> None:
    answers = planned.answers
    arn = planned.arn("policy")
    answers.policy_versions = _without(
        answers.policy_versions, lambda item: item.policy in (arn, arn.rpartition("/")[2])
    )
    answers.managed_policies = _without(answers.managed_policies, lambda item: item.arn == arn)
    document = None if planned.is_deleted else planned.document("policy")
    if document is not None:
        answers.managed_policies = [*answers.managed_policies, planned.located(ManagedPolicy(arn, "v1"))]
        version = PolicyVersion(arn, "v1", is_default=True, document=document)
        answers.policy_versions = [*answers.policy_versions, planned.located(version)]


def _provider(planned: _Planned) -> None:
    answers, resource = planned.answers, planned.resource
    url = resource.old_text("url") if planned.is_deleted else resource.text("url")
    known = resource.old_text("arn")
    account = _checked(known).split(":")[4] if known else planned.account
    if isinstance(url, Unknown) or not account or (not known and resource.provider not in ("", "aws")):
        raise _UntoldError
    issuer = url.removeprefix("https://")
    partition = next((item.value.arn.split(":")[1] for item in answers.roles), "aws")
    arn = known or str(OidcProviderArn(partition, account, issuer))
    answers.providers = _without(answers.providers, lambda item: item.issuer == issuer and item.arn in ("", arn))
    answers.provider_lists = _listed(answers.provider_lists, arn, account, there=not planned.is_deleted)
    if planned.is_deleted:
        planned.not_found("iam:GetOpenIDConnectProvider", arn, account)
        return
    clients, thumbprints = resource.texts("client_id_list"), resource.texts("thumbprint_list")
    if isinstance(clients, Unknown):
        answers.pending_arns[arn] = resource.address
    else:
        made = OidcProvider(issuer, clients, thumbprints if isinstance(thumbprints, tuple) else (), arn)
        answers.providers = [*answers.providers, planned.located(made)]


def _access_entry(planned: _Planned) -> None:
    answers, resource = planned.answers, planned.resource
    old = (resource.old_text("cluster_name"), resource.old_text("principal_arn"))
    if resource.before is not None:
        answers.access_entries = _without(
            answers.access_entries, lambda item: (item.cluster, item.principal_arn) == old
        )
        answers.access_entry_lists = [
            (tuple(arn for arn in arns if arn != old[1]), source) for arns, source in answers.access_entry_lists
        ]
    if planned.is_deleted:
        planned.not_found("eks:DescribeAccessEntry", old[1], planned.account)
        return
    cluster, principal = resource.text("cluster_name"), resource.text("principal_arn")
    if isinstance(cluster, Unknown):
        raise _UntoldError
    groups, username, type_ = resource.texts("kubernetes_groups"), resource.text("user_name"), resource.text("type")
    if isinstance(principal, Unknown) or isinstance(groups, Unknown):
        of = "" if isinstance(principal, Unknown) else principal
        answers.pending_arns[f"{PENDING_ENTRIES}{cluster} {of}"] = resource.address
        return
    kind = type_ if isinstance(type_, str) and type_ else "STANDARD"
    made = AccessEntry(cluster, principal, username if isinstance(username, str) else "", groups, kind)
    answers.access_entries = _without(
        answers.access_entries, lambda item: item.cluster in ("", cluster) and item.principal_arn == principal
    )
    answers.access_entries = [*answers.access_entries, planned.located(made)]
    answers.access_entry_lists = [((*arns, principal), source) for arns, source in answers.access_entry_lists]
    if not any(item.value.principal_arn == principal for item in answers.access_policies):
        none = AssociatedPolicies(cluster, principal, ())
        answers.access_policies = [*answers.access_policies, planned.located(none)]


def _access_policy(planned: _Planned) -> None:
    answers, resource = planned.answers, planned.resource

    def change(cluster: str, principal: str, policy: str, made: AssociatedPolicy | None) -> None:
        answers.access_policies = [
            Located(_associated(item.value, policy, made), item.source)
            if item.value.cluster in ("", cluster) and item.value.principal_arn == principal
            else item
            for item in answers.access_policies
        ]

    if resource.before is not None:
        old = (resource.old_text("cluster_name"), resource.old_text("principal_arn"), resource.old_text("policy_arn"))
        change(*old, None)
    cluster, principal, policy = (resource.text(key) for key in ("cluster_name", "principal_arn", "policy_arn"))
    if planned.is_deleted or not (isinstance(cluster, str) and isinstance(principal, str) and isinstance(policy, str)):
        return
    scopes = list(_blocks(resource.value("access_scope")))
    namespaces = scopes[0].get("namespaces") if scopes and scopes[0].get("type") == "namespace" else None
    change(
        cluster,
        principal,
        policy,
        AssociatedPolicy(policy, tuple(map(str, namespaces)) if isinstance(namespaces, list) else None),
    )


def _associated(item: AssociatedPolicies, policy: str, made: AssociatedPolicy | None) -> AssociatedPolicies:
    kept = tuple(other for other in item.policies if other.policy_arn != policy)
    return structs.replace(item, policies=(*kept, *([made] if made else [])))


def _association(planned: _Planned) -> None:
    answers, resource = planned.answers, planned.resource
    keys = ("cluster_name", "namespace", "service_account")
    old = tuple(resource.old_text(key) for key in keys)
    answers.associations = _without(
        answers.associations, lambda item: (item.cluster, item.namespace, item.service_account) == old
    )
    if planned.is_deleted:
        return
    cluster, namespace, account = (resource.text(key) for key in keys)
    role, target = resource.text("role_arn"), resource.text("target_role_arn")
    if isinstance(cluster, str) and isinstance(namespace, str) and isinstance(account, str):
        made = PodIdentityAssociation(
            cluster,
            namespace,
            account,
            "",
            role if isinstance(role, str) else "",
            target if isinstance(target, str) else "",
        )
        answers.associations = [*answers.associations, planned.located(made)]


_RESOURCE_POLICIES = {
    "aws_ecr_repository_policy": ("ecr", "repository"),
    "aws_s3_bucket_policy": ("s3", "bucket"),
    "aws_secretsmanager_secret_policy": ("secretsmanager", "secret_arn"),
    "aws_sns_topic_policy": ("sns", "arn"),
}


def _resource_policy(planned: _Planned) -> None:
    answers, resource = planned.answers, planned.resource
    service, key = _RESOURCE_POLICIES[resource.type]
    name = resource.old_text(key) if planned.is_deleted else resource.text(key)
    if not isinstance(name, str):
        raise _UntoldError
    answers.resource_policies = _without(
        answers.resource_policies,
        lambda item: item.service == service and item.resource in (name, name.rpartition(":")[2]),
    )
    document = None if planned.is_deleted else planned.document("policy")
    if planned.is_deleted or document is not None:
        made = ResourcePolicy(service, name, document)
        answers.resource_policies = [*answers.resource_policies, planned.located(made)]


_AWS: dict[str, Callable[[_Planned], None]] = {
    "aws_eks_access_entry": _access_entry,
    "aws_eks_access_policy_association": _access_policy,
    "aws_eks_pod_identity_association": _association,
    "aws_iam_openid_connect_provider": _provider,
    "aws_iam_policy": _policy,
    "aws_iam_role": _role,
    "aws_iam_role_policy": _role_policy,
    "aws_iam_role_policy_attachment": _attachment,
    **dict.fromkeys(_RESOURCE_POLICIES, _resource_policy),
}
