"""What the AWS CLI prints, recognised by its keys and never by the file's name.

Some answers do not say whose they are (``list-attached-role-policies`` names no role). Their subject is
found in the content, else in a file name of the form ``<service>-<operation>.<subject>.json``, else it
stays empty and the answer counts for nobody.
"""

from collections.abc import Callable
from typing import TypeVar

import msgspec
from msgspec import Raw, Struct, field

from trustpath.facts.logs import refusal_of
from trustpath.model.answers import Answers, ListedArns, Located
from trustpath.model.eks import (
    AccessEntry,
    Addon,
    AssociatedPolicies,
    AssociatedPolicy,
    Cluster,
    ClusterCreation,
    InstanceMetadata,
    PodIdentityAssociation,
)
from trustpath.model.iam import (
    CallerIdentity,
    Document,
    Encryption,
    InlinePolicy,
    InlinePolicyNames,
    InstanceProfile,
    IssuerCertificates,
    KmsKey,
    ManagedPolicy,
    OidcProvider,
    OrganizationAttachments,
    OrganizationParent,
    OrganizationPolicy,
    PolicyAttachments,
    PolicyVersion,
    ResourcePolicy,
    Role,
    User,
)
from trustpath.model.policy import PolicyDocument, parse_policy
from trustpath.model.source import Source

T = TypeVar("T")


class AnswerError(Exception):
    """A document looks like an AWS answer but has another form; ``path`` leads to the place."""

    def __init__(self, problem: str, source: Source) -> None:
        super().__init__(problem)
        self.problem = problem
        self.source = source


class _Aws(Struct, rename="pascal"):
    """IAM, STS and EC2 spell their fields with a capital letter."""


class _Boundary(_Aws):
    permissions_boundary_arn: str = ""


class _AttachedPolicy(_Aws):
    policy_arn: str


class _Tag(_Aws):
    key: str
    value: str = ""


class _InlineDetail(_Aws):
    policy_name: str
    policy_document: Raw


class _Role(_Aws):
    arn: str
    role_name: str
    assume_role_policy_document: Raw = Raw(b"")
    permissions_boundary: _Boundary | None = None
    create_date: str | float | int | None = None
    tags: list[_Tag] | None = None
    role_policy_list: list[_InlineDetail] | None = None
    attached_managed_policies: list[_AttachedPolicy] | None = None


class _User(_Aws):
    arn: str
    create_date: str | float | int | None = None


class _Parent(_Aws):
    id: str


class _Event(_Aws):
    event_name: str = ""
    cloud_trail_event: str = ""


class _Provider(_Aws):
    url: str
    client_ids: list[str] = field(name="ClientIDList", default_factory=list)
    thumbprint_list: list[str] = field(default_factory=list)


class _ArnOnly(_Aws):
    arn: str


class _Profile(_Aws):
    arn: str
    roles: list[_ArnOnly] = field(default_factory=list)


class _Version(_Aws):
    version_id: str = ""
    is_default_version: bool = False
    document: Raw = Raw(b"")


class _Policy(_Aws):
    arn: str
    default_version_id: str = ""
    policy_version_list: list[_Version] | None = None


class _Summary(_Aws):
    id: str
    type: str = ""


class _Error(_Aws):
    code: str = ""
    message: str = ""


class _MetadataOptions(_Aws):
    http_put_response_hop_limit: int = 0
    http_tokens: str = ""
    http_endpoint: str = ""


class _Instance(_Aws):
    instance_id: str
    private_dns_name: str = ""
    metadata_options: _MetadataOptions = field(default_factory=_MetadataOptions)
    iam_instance_profile: _ArnOnly | None = None


class _Reservation(_Aws):
    instances: list[_Instance] = field(default_factory=list)


class _Eks(Struct, rename="camel"):
    """EKS spells its fields with a small letter."""


class _Oidc(_Eks):
    issuer: str = ""


class _Identity(_Eks):
    oidc: _Oidc | None = None


class _AccessConfig(_Eks):
    authentication_mode: str = ""
    bootstrap_cluster_creator_admin_permissions: bool | None = None


class _Addresses(_Eks):
    ip_family: str = ""


class _Network(_Eks):
    endpoint_public_access: bool | None = None
    public_access_cidrs: list[str] | None = None


class _CertificateAuthority(_Eks):
    data: str = ""


class _Cluster(_Eks):
    name: str
    arn: str = ""
    version: str = ""
    identity: _Identity | None = None
    access_config: _AccessConfig | None = None
    endpoint: str = ""
    certificate_authority: _CertificateAuthority | None = None
    resources_vpc_config: _Network | None = None
    kubernetes_network_config: _Addresses | None = None


class _Issue(_Eks):
    code: str = ""
    message: str = ""


class _Health(_Eks):
    issues: list[_Issue] = field(default_factory=list)


class _Addon(_Eks):
    addon_name: str
    cluster_name: str = ""
    service_account_role_arn: str = ""
    modified_at: str | float | int | None = None
    status: str = ""
    health: _Health | None = None


class _AccessEntry(_Eks):
    principal_arn: str
    cluster_name: str = ""
    username: str = ""
    kubernetes_groups: list[str] = field(default_factory=list)
    type: str = ""
    created_at: str | float | int | None = None


class _Scope(_Eks):
    type: str = ""
    namespaces: list[str] | None = None


class _AssociatedPolicy(_Eks):
    policy_arn: str
    access_scope: _Scope


class _Issuer(_Eks):
    arn: str = ""


class _SessionContext(_Eks):
    session_issuer: _Issuer | None = None


class _TrailIdentity(_Eks):
    arn: str = ""
    session_context: _SessionContext | None = None


class _TrailRequest(_Eks):
    name: str = ""


class _TrailEvent(_Eks):
    """An event as CloudTrail itself writes it."""

    event_name: str = ""
    event_time: str = ""
    error_code: str = ""
    user_identity: _TrailIdentity | None = None
    request_parameters: _TrailRequest | None = None


class _Association(_Eks):
    namespace: str
    service_account: str
    cluster_name: str = ""
    association_arn: str = ""
    role_arn: str = ""
    target_role_arn: str | None = None
    disable_session_tags: bool | None = None
    policy: str | None = None
    external_id: str | None = None
    created_at: str | float | int | None = None
    modified_at: str | float | int | None = None


class _Reader:
    """One document on its way into the answers."""

    def __init__(self, document: dict[str, Raw], source: Source, subject: str, answers: Answers, account: str) -> None:
        self.document = document
        self.source = source
        self.subject = subject
        self.answers = answers
        self.account = account

    def get(self, key: str, type_: type[T]) -> T:
        try:
            return msgspec.json.decode(self.document[key], type=type_)
        except (msgspec.DecodeError, RecursionError) as error:
            message = str(error).partition(" - at `$")[0]
            raise AnswerError(f"`{key}` has another form than AWS gives it: {message}", self.source.at(key)) from None

    def optional(self, key: str) -> str:
        return self.get(key, str) if key in self.document else ""

    @property
    def complete(self) -> bool:
        """A page that another one follows does not prove absence."""
        if "IsTruncated" in self.document and self.get("IsTruncated", bool):
            return False
        return not any(key in self.document and self.document[key] != b"null" for key in _NEXT_PAGE)


_NEXT_PAGE = ("NextToken", "Marker", "nextToken")


def _policy(document: Raw) -> Document:
    return parse_policy(bytes(document).decode())


def _role(reader: _Reader, role: _Role, source: Source, *, boundary_known: bool) -> None:
    answers = reader.answers
    account = role.arn.split(":")[4] if role.arn.count(":") >= 5 else reader.account
    if role.assume_role_policy_document:
        boundary = role.permissions_boundary.permissions_boundary_arn if role.permissions_boundary else ""
        trust = _policy(role.assume_role_policy_document)
        # get-role leaves an empty list of tags out; list-roles leaves every list out (iam-evaluation 4.5).
        tags = {tag.key: tag.value for tag in role.tags or ()} if boundary_known else None
        value = Role(role.arn, role.role_name, trust, boundary, boundary_known, _time(role.create_date), tags)
        answers.roles.append(Located(value, source))
    for index, inline in enumerate(role.role_policy_list or ()):
        place = source.at("RolePolicyList", index, "PolicyDocument")
        value_ = InlinePolicy(role.role_name, inline.policy_name, _policy(inline.policy_document), account)
        answers.inline_policies.append(Located(value_, place))
    if role.attached_managed_policies is not None:
        arns = tuple(policy.policy_arn for policy in role.attached_managed_policies)
        answers.attachments.append(Located(PolicyAttachments(role.role_name, arns, account), source))


def _get_role(reader: _Reader) -> None:
    _role(reader, reader.get("Role", _Role), reader.source.at("Role"), boundary_known=True)


def _list_roles(reader: _Reader, key: str = "Roles") -> None:
    roles = reader.get(key, list[_Role])
    for index, role in enumerate(roles):
        _role(reader, role, reader.source.at(key, index), boundary_known=key == "RoleDetailList")
    # `get-account-authorization-details --filter` leaves roles out and prints an empty list.
    if reader.complete and (roles or key == "Roles"):
        arns = tuple(role.arn for role in roles)
        reader.answers.role_lists.append(ListedArns(arns, reader.source, reader.account))


def _authorization_details(reader: _Reader) -> None:
    _list_roles(reader, "RoleDetailList")
    if "Policies" in reader.document:
        for index, policy in enumerate(reader.get("Policies", list[_Policy])):
            _managed_policy(reader, policy, reader.source.at("Policies", index))


def _managed_policy(reader: _Reader, policy: _Policy, source: Source) -> None:
    value = ManagedPolicy(policy.arn, policy.default_version_id)
    reader.answers.managed_policies.append(Located(value, source))
    for index, version in enumerate(policy.policy_version_list or ()):
        place = source.at("PolicyVersionList", index, "Document")
        _version(reader, policy.arn, version, place)


def _version(reader: _Reader, policy: str, version: _Version, source: Source) -> None:
    if version.document:
        value = PolicyVersion(policy, version.version_id, version.is_default_version, _policy(version.document))
        reader.answers.policy_versions.append(Located(value, source))


def _get_policy_version(reader: _Reader) -> None:
    version = reader.get("PolicyVersion", _Version)
    _version(reader, reader.subject, version, reader.source.at("PolicyVersion", "Document"))


def _get_role_policy(reader: _Reader) -> None:
    document = _policy(reader.document["PolicyDocument"])
    value = InlinePolicy(reader.get("RoleName", str), reader.optional("PolicyName"), document, reader.account)
    reader.answers.inline_policies.append(Located(value, reader.source.at("PolicyDocument")))


def _list_attached(reader: _Reader) -> None:
    policies = reader.get("AttachedPolicies", list[_AttachedPolicy])
    value = PolicyAttachments(reader.subject, tuple(policy.policy_arn for policy in policies), reader.account)
    reader.answers.attachments.append(Located(value, reader.source.at("AttachedPolicies")))


def _list_inline(reader: _Reader) -> None:
    value = InlinePolicyNames(reader.subject, tuple(reader.get("PolicyNames", list[str])), reader.account)
    reader.answers.inline_policy_names.append(Located(value, reader.source.at("PolicyNames")))


def _list_providers(reader: _Reader) -> None:
    arns = tuple(entry.arn for entry in reader.get("OpenIDConnectProviderList", list[_ArnOnly]))
    reader.answers.provider_lists.append(ListedArns(arns, reader.source, reader.account))


def _get_provider(reader: _Reader) -> None:
    data = msgspec.json.encode(reader.document)
    try:
        provider = msgspec.json.decode(data, type=_Provider)
    except msgspec.DecodeError as error:
        raise AnswerError(f"not an OIDC provider as AWS prints it: {error}", reader.source) from None
    issuer = provider.url.removeprefix("https://")
    arn = reader.subject if reader.subject.startswith("arn:") else ""
    value = OidcProvider(issuer, tuple(provider.client_ids), tuple(provider.thumbprint_list), arn)
    reader.answers.providers.append(Located(value, reader.source))


def _certificates(reader: _Reader) -> None:
    try:
        found = msgspec.json.decode(msgspec.json.encode(reader.document), type=IssuerCertificates)
    except msgspec.DecodeError as error:
        raise AnswerError(f"not an issuer's certificates: {error}", reader.source) from None
    reader.answers.certificates.append(Located(found, reader.source))


def _get_instance_profile(reader: _Reader) -> None:
    profile = reader.get("InstanceProfile", _Profile)
    value = InstanceProfile(profile.arn, tuple(role.arn for role in profile.roles))
    reader.answers.instance_profiles.append(Located(value, reader.source.at("InstanceProfile")))


def _policy_answer(reader: _Reader) -> None:
    # Three services answer with "Policy": IAM and Organizations with an object, S3 and KMS with a text.
    raw = bytes(reader.document["Policy"]).lstrip()
    if raw[:1] == b'"':
        document = parse_policy(raw.decode())
        service, resource = _whose_policy(reader, document)
        value = ResourcePolicy(service, resource, document)
        reader.answers.resource_policies.append(Located(value, reader.source.at("Policy")))
        return
    keys = reader.get("Policy", dict[str, Raw])
    if "PolicySummary" in keys:
        try:
            summary = msgspec.json.decode(keys["PolicySummary"], type=_Summary)
        except msgspec.DecodeError:
            raise AnswerError("`PolicySummary` has no `Id`", reader.source.at("Policy")) from None
        document = parse_policy(bytes(keys.get("Content", Raw(b"null"))).decode())
        found = OrganizationPolicy(summary.id, summary.type, document)
        reader.answers.organization_policies.append(Located(found, reader.source.at("Policy", "Content")))
        return
    _managed_policy(reader, reader.get("Policy", _Policy), reader.source.at("Policy"))


def _attributes(reader: _Reader) -> None:
    attributes = reader.get("Attributes", dict[str, Raw])
    for key, service in (("QueueArn", "sqs"), ("TopicArn", "sns")):
        if key not in attributes:
            continue
        resource, place = bytes(attributes[key]).decode().strip('"'), reader.source.at("Attributes")
        if "Policy" in attributes:
            value = ResourcePolicy(service, resource, parse_policy(bytes(attributes["Policy"]).decode()))
            reader.answers.resource_policies.append(Located(value, place.at("Policy")))
        elif _ALL_ATTRIBUTES & attributes.keys():
            reader.answers.resource_policies.append(Located(ResourcePolicy(service, resource, None), place))
        if "KmsMasterKeyId" in attributes or _ALL_ATTRIBUTES & attributes.keys():
            key = bytes(attributes.get("KmsMasterKeyId", Raw(b""))).decode().strip('"')
            reader.answers.encryption.append(Located(Encryption(service, resource, key), place.at("KmsMasterKeyId")))


_ALL_ATTRIBUTES = frozenset({"CreatedTimestamp", "VisibilityTimeout", "Owner"})
"""Attributes that every queue or topic has: an answer with one of them was not asked for a single other one."""


def _whose_policy(reader: _Reader, document: Document) -> tuple[str, str]:
    """Return service and resource of a policy that is printed alone: of a key, a function or a bucket.

    Without a file name that tells, the policy's own resources do, where they name one bucket or function.
    """
    named = sorted(_resources(document))
    actions = _actions(document)
    if actions and all(action.startswith("kms:") for action in actions):
        return "kms", reader.subject
    functions = {arn for arn in named if arn.startswith("arn:") and arn.split(":")[2] == "lambda"}
    if "PolicyName" in reader.document:
        return "kms", reader.subject
    if functions or "RevisionId" in reader.document:
        return "lambda", reader.subject or (functions.pop() if len(functions) == 1 else "")
    buckets = {arn.split(":", 5)[5].partition("/")[0] for arn in named if arn.count(":") >= 5}
    return "s3", reader.subject or (buckets.pop() if len(buckets) == 1 else "")


def _resources(document: Document) -> set[str]:
    statements = document.statements if isinstance(document, PolicyDocument) else ()
    return {text.value for statement in statements for text in statement.resources or ()}


def _actions(document: Document) -> set[str]:
    statements = document.statements if isinstance(document, PolicyDocument) else ()
    return {text.value.lower() for statement in statements for text in statement.actions or ()}


def _secret_policy(reader: _Reader) -> None:
    document = parse_policy(bytes(reader.document["ResourcePolicy"]).decode())
    value = ResourcePolicy("secretsmanager", reader.optional("ARN"), document)
    reader.answers.resource_policies.append(Located(value, reader.source.at("ResourcePolicy")))


def _secret(reader: _Reader) -> None:
    """Read `secretsmanager get-resource-policy` of a secret without one, or `describe-secret`."""
    arn = reader.get("ARN", str)
    if reader.document.keys() <= {"ARN", "Name"}:
        reader.answers.resource_policies.append(Located(ResourcePolicy("secretsmanager", arn, None), reader.source))
    elif "VersionIdsToStages" in reader.document or "LastChangedDate" in reader.document:
        # describe-secret: without a key of the customer's the answer leaves it out.
        found = Encryption("secretsmanager", arn, reader.optional("KmsKeyId"))
        reader.answers.encryption.append(Located(found, reader.source.at("KmsKeyId")))


def _repository_policy(reader: _Reader) -> None:
    document = parse_policy(bytes(reader.document["policyText"]).decode())
    resource = f"{reader.optional('registryId')}/{reader.get('repositoryName', str)}"
    value = ResourcePolicy("ecr", resource, document)
    reader.answers.resource_policies.append(Located(value, reader.source.at("policyText")))


class _Domain(_Aws):
    arn: str = field(name="ARN")
    access_policies: str = ""


def _domain(reader: _Reader) -> None:
    """Read the access policy of an OpenSearch domain."""
    domain = reader.get("DomainStatus", _Domain)
    document = parse_policy(domain.access_policies) if domain.access_policies else None
    value = ResourcePolicy("es", domain.arn, document)
    reader.answers.resource_policies.append(Located(value, reader.source.at("DomainStatus", "AccessPolicies")))


class _Key(_Aws):
    arn: str
    key_manager: str = "CUSTOMER"
    key_state: str = ""


def _key(reader: _Reader) -> None:
    key = reader.get("KeyMetadata", _Key)
    value = KmsKey(key.arn, key.key_manager, key.key_state)
    reader.answers.kms_keys.append(Located(value, reader.source.at("KeyMetadata")))


class _DefaultEncryption(_Aws):
    sse_algorithm: str = field(name="SSEAlgorithm", default="")
    kms_master_key: str = field(name="KMSMasterKeyID", default="")


class _EncryptionRule(_Aws):
    apply_server_side_encryption_by_default: _DefaultEncryption | None = None


class _EncryptionRules(_Aws):
    rules: list[_EncryptionRule] = field(default_factory=list)


def _bucket_encryption(reader: _Reader) -> None:
    """Read `s3api get-bucket-encryption`; the bucket is in the file's name alone."""
    key = "ServerSideEncryptionConfiguration"
    for index, rule in enumerate(reader.get(key, _EncryptionRules).rules):
        default = rule.apply_server_side_encryption_by_default
        if default is not None and reader.subject:
            place = reader.source.at(key, "Rules", index, "ApplyServerSideEncryptionByDefault", "KMSMasterKeyID")
            value = Encryption("s3", reader.subject, default.kms_master_key)
            reader.answers.encryption.append(Located(value, place))


class _Organization(_Aws):
    master_account_id: str = ""


def _organization(reader: _Reader) -> None:
    account = reader.get("Organization", _Organization).master_account_id
    if account:
        place = reader.source.at("Organization", "MasterAccountId")
        reader.answers.management_accounts.append(Located(account, place))


class _ListedPolicy(_Aws):
    id: str = ""
    type: str = ""
    arn: str = ""


def _policies(reader: _Reader) -> None:
    """Read `organizations list-policies-for-target`; of `iam list-policies` nothing is of use."""
    if not reader.complete:
        return
    policies = reader.get("Policies", list[_ListedPolicy])
    of_organization = [policy for policy in policies if policy.type.endswith("_POLICY")]
    for kind in dict.fromkeys(policy.type for policy in of_organization):
        ids = tuple(policy.id for policy in of_organization if policy.type == kind)
        value = OrganizationAttachments(reader.subject, kind, ids)
        reader.answers.organization_attachments.append(Located(value, reader.source.at("Policies")))


def _parents(reader: _Reader) -> None:
    for index, parent in enumerate(reader.get("Parents", list[_Parent])):
        place = reader.source.at("Parents", index)
        reader.answers.organization_parents.append(Located(OrganizationParent(reader.subject, parent.id), place))


def _caller(reader: _Reader) -> None:
    value = CallerIdentity(reader.get("Arn", str), reader.get("Account", str))
    reader.answers.callers.append(Located(value, reader.source))


def _cluster(reader: _Reader) -> None:
    cluster = reader.get("cluster", _Cluster)
    issuer = cluster.identity.oidc.issuer if cluster.identity and cluster.identity.oidc else ""
    mode = cluster.access_config.authentication_mode if cluster.access_config else ""
    network = cluster.resources_vpc_config or _Network()
    value = Cluster(
        cluster.name,
        cluster.arn,
        issuer,
        cluster.version,
        mode,
        cluster.access_config.bootstrap_cluster_creator_admin_permissions if cluster.access_config else None,
        cluster.endpoint,
        cluster.certificate_authority.data if cluster.certificate_authority else "",
        network.endpoint_public_access,
        tuple(network.public_access_cidrs or ()),
        cluster.kubernetes_network_config.ip_family if cluster.kubernetes_network_config else "",
    )
    reader.answers.clusters.append(Located(value, reader.source))


def _addon(reader: _Reader) -> None:
    addon = reader.get("addon", _Addon)
    modified = _time(addon.modified_at)
    issues = tuple(f"{issue.code}: {issue.message}" for issue in (addon.health.issues if addon.health else ()))
    value = Addon(addon.cluster_name, addon.addon_name, addon.service_account_role_arn, modified, addon.status, issues)
    reader.answers.addons.append(Located(value, reader.source.at("addon")))


def _access_entry(reader: _Reader) -> None:
    entry = reader.get("accessEntry", _AccessEntry)
    value = AccessEntry(
        entry.cluster_name,
        entry.principal_arn,
        entry.username,
        tuple(entry.kubernetes_groups),
        entry.type,
        _time(entry.created_at),
    )
    reader.answers.access_entries.append(Located(value, reader.source.at("accessEntry")))


def _list_access_entries(reader: _Reader) -> None:
    if reader.complete:
        arns = tuple(reader.get("accessEntries", list[str]))
        reader.answers.access_entry_lists.append((arns, reader.source))


def _list_access_policies(reader: _Reader) -> None:
    if not reader.complete:
        return
    policies = tuple(
        AssociatedPolicy(
            policy.policy_arn,
            None if policy.access_scope.type == "cluster" else tuple(policy.access_scope.namespaces or ()),
        )
        for policy in reader.get("associatedAccessPolicies", list[_AssociatedPolicy])
    )
    value = AssociatedPolicies(reader.optional("clusterName"), reader.optional("principalArn"), policies)
    reader.answers.access_policies.append(Located(value, reader.source.at("associatedAccessPolicies")))


def _user(reader: _Reader) -> None:
    user = reader.get("User", _User)
    reader.answers.users.append(Located(User(user.arn, _time(user.create_date)), reader.source.at("User")))


def _lookup_events(reader: _Reader) -> None:
    """Find out who created a cluster: `cloudtrail lookup-events`, each event as a text of JSON."""
    for index, event in enumerate(reader.get("Events", list[_Event])):
        if event.event_name != "CreateCluster":
            continue
        place = reader.source.at("Events", index)
        try:
            detail = msgspec.json.decode(event.cloud_trail_event, type=_TrailEvent)
        except msgspec.DecodeError:
            raise AnswerError("`CloudTrailEvent` is not the text of an event", place) from None
        _creation(reader, detail, place)


def _trail_records(reader: _Reader) -> None:
    """Find out who created a cluster: a log file that CloudTrail wrote itself."""
    for index, event in enumerate(reader.get("Records", list[_TrailEvent])):
        if event.event_name == "CreateCluster":
            _creation(reader, event, reader.source.at("Records", index))


def _trail_event(reader: _Reader) -> None:
    """Find out who created a cluster: one event as CloudTrail writes it."""
    if reader.get("eventName", str) == "CreateCluster":
        try:
            event = msgspec.json.decode(msgspec.json.encode(reader.document), type=_TrailEvent)
        except msgspec.DecodeError:
            raise AnswerError("this event is not one as CloudTrail writes it", reader.source) from None
        _creation(reader, event, reader.source)


def _creation(reader: _Reader, event: _TrailEvent, place: Source) -> None:
    identity = event.user_identity
    if event.error_code or identity is None or event.request_parameters is None:
        return
    issuer = identity.session_context.session_issuer if identity.session_context else None
    principal = (issuer.arn if issuer else "") or identity.arn
    reader.answers.creations.append(
        Located(ClusterCreation(event.request_parameters.name, principal, event.event_time), place)
    )


def _time(value: str | float | None) -> str:
    return "" if value is None else str(value)


def _association(reader: _Reader, association: _Association, source: Source) -> None:
    value = PodIdentityAssociation(
        association.cluster_name,
        association.namespace,
        association.service_account,
        association.association_arn,
        association.role_arn,
        association.target_role_arn or "",
        association.disable_session_tags is True,
        parse_policy(association.policy) if association.policy else None,
        association.external_id or "",
        _time(association.created_at),
        _time(association.modified_at),
    )
    reader.answers.associations.append(Located(value, source))


def _get_association(reader: _Reader) -> None:
    _association(reader, reader.get("association", _Association), reader.source.at("association"))


def _list_associations(reader: _Reader) -> None:
    for index, association in enumerate(reader.get("associations", list[_Association])):
        _association(reader, association, reader.source.at("associations", index))
    if reader.complete:
        reader.answers.association_lists.append(reader.source)


def _instances(reader: _Reader) -> None:
    for number, reservation in enumerate(reader.get("Reservations", list[_Reservation])):
        for index, instance in enumerate(reservation.instances):
            options = instance.metadata_options
            profile = instance.iam_instance_profile.arn if instance.iam_instance_profile else ""
            value = InstanceMetadata(
                instance.instance_id,
                options.http_put_response_hop_limit,
                options.http_tokens,
                options.http_endpoint,
                profile,
                instance.private_dns_name,
            )
            place = reader.source.at("Reservations", number, "Instances", index)
            reader.answers.instances.append(Located(value, place))


def _openid_configuration(reader: _Reader) -> None:
    reader.answers.issuers.append(Located(reader.get("issuer", str), reader.source.at("issuer")))


def _error(reader: _Reader) -> None:
    error = reader.get("Error", _Error)
    refusal = refusal_of(error.code, "", error.message)
    if refusal is not None:
        reader.answers.refusals.append(Located(refusal, reader.source.at("Error")))


def _bare_policy(reader: _Reader) -> None:
    document = parse_policy(msgspec.json.encode(reader.document).decode())
    value = PolicyVersion(reader.subject, "", True, document)
    reader.answers.policy_versions.append(Located(value, reader.source))


def _known(reader: _Reader) -> None:
    """Recognise an answer that no question reads yet."""
    key = next(iter(reader.document))
    reader.answers.counted[key] = reader.answers.counted.get(key, 0) + 1


# Which keys show which answer, in the order in which they are tried.
_ANSWERS: tuple[tuple[frozenset[str], Callable[[_Reader], None]], ...] = (
    (frozenset({"RoleDetailList"}), _authorization_details),
    (frozenset({"Role"}), _get_role),
    (frozenset({"Roles"}), _list_roles),
    (frozenset({"RoleName", "PolicyDocument"}), _get_role_policy),
    (frozenset({"AttachedPolicies"}), _list_attached),
    (frozenset({"PolicyNames"}), _list_inline),
    (frozenset({"PolicyVersion"}), _get_policy_version),
    (frozenset({"OpenIDConnectProviderList"}), _list_providers),
    (frozenset({"Url", "ClientIDList"}), _get_provider),
    (frozenset({"Url", "ThumbprintList"}), _get_provider),
    (frozenset({"InstanceProfile"}), _get_instance_profile),
    (frozenset({"Policy"}), _policy_answer),
    (frozenset({"Attributes"}), _attributes),
    (frozenset({"ResourcePolicy"}), _secret_policy),
    (frozenset({"repositoryName", "policyText"}), _repository_policy),
    (frozenset({"ARN", "Name"}), _secret),
    (frozenset({"DomainStatus"}), _domain),
    (frozenset({"KeyMetadata"}), _key),
    (frozenset({"ServerSideEncryptionConfiguration"}), _bucket_encryption),
    (frozenset({"Organization"}), _organization),
    (frozenset({"UserId", "Account", "Arn"}), _caller),
    (frozenset({"cluster"}), _cluster),
    (frozenset({"addon"}), _addon),
    (frozenset({"accessEntry"}), _access_entry),
    (frozenset({"association"}), _get_association),
    (frozenset({"associations"}), _list_associations),
    (frozenset({"Reservations"}), _instances),
    (frozenset({"issuer", "jwks_uri"}), _openid_configuration),
    (frozenset({"issuer", "host", "certificates"}), _certificates),
    (frozenset({"Statement"}), _bare_policy),
    (frozenset({"Error"}), _error),
    (frozenset({"accessEntries"}), _list_access_entries),
    (frozenset({"associatedAccessPolicies"}), _list_access_policies),
    (frozenset({"Events"}), _lookup_events),
    (frozenset({"Records"}), _trail_records),
    (frozenset({"eventName", "userIdentity"}), _trail_event),
    (frozenset({"addons"}), _known),
    (frozenset({"clusters"}), _known),
    (frozenset({"Policies"}), _policies),
    (frozenset({"User"}), _user),
    (frozenset({"InstanceProfiles"}), _known),
    (frozenset({"Parents"}), _parents),
)

KEYS = frozenset().union(*(keys for keys, _ in _ANSWERS))
"""The keys that mark an AWS answer."""


def read(document: dict[str, Raw], source: Source, subject: str, answers: Answers, account: str = "") -> bool:
    """Add what an AWS answer holds and return True, or return False when it is none.

    ``subject`` and ``account`` are whose answer it is, empty where only the content may tell. Raises AnswerError when
    the keys are an answer's and the values are not.
    """
    for keys, add in _ANSWERS:
        if keys <= document.keys():
            add(_Reader(document, source, subject, answers, account))
            return True
    return False
