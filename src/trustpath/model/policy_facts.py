"""The permission policies of a snapshot: whose they are, and which of them were not read."""

from shlex import quote

from msgspec import Struct

from trustpath.model.answers import Answers, Located
from trustpath.model.arn import Arn, RoleArn
from trustpath.model.fact import Absent, Denied, Fact, Known, Missing, NotCollected
from trustpath.model.iam import Document, KmsKey, PolicyVersion, Role
from trustpath.model.policy import PolicyDocument, parse_policy
from trustpath.model.reads import AwsRead, permission_of


class NamedPolicy(Struct, frozen=True):
    """A policy under the name that people know it by; ``document`` is a missing fact where it was not read."""

    name: str
    document: Located[Document] | Missing


class RolePolicies(Struct, frozen=True):
    """The identity policies of a role.

    ``missing`` are lists that were not read, so that there may be more policies. ``inline_listed`` tells whether
    the inline policies are all here; ``missing`` does not count their list where others were read.
    """

    policies: tuple[NamedPolicy, ...]
    missing: tuple[Missing, ...]
    inline_listed: bool


class ControlLevel(Struct, frozen=True):
    """The control policies at a root, a unit or an account.

    ``target`` is empty where the answer does not say, and ``?`` for policies that were read without their targets.
    ``doubtful``: it is a unit, and that the account is in it is not shown.
    """

    target: str
    policies: tuple[NamedPolicy, ...]
    doubtful: bool = False


FULL_ACCESS = parse_policy(
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
)
"""What AWS attaches by itself; its text is documented (iam-evaluation 4.1)."""
_AWS_OWN_CONTROLS = frozenset({"p-FullAWSAccess", "p-RCPFullAWSAccess"})

_RESOURCE_POLICY_COMMANDS = {
    "ecr": "aws ecr get-repository-policy --repository-name {name} > ecr-get-repository-policy.json",
    "es": "aws opensearch describe-domain --domain-name {name} > opensearch-describe-domain.json",
    "kms": "aws kms get-key-policy --policy-name default --key-id {name} > kms-get-key-policy.{name}.json",
    "lambda": "aws lambda get-policy --function-name {name} > lambda-get-policy.{name}.json",
    "s3": "aws s3api get-bucket-policy --bucket {name} > s3api-get-bucket-policy.{name}.json",
    "secretsmanager": "aws secretsmanager get-resource-policy --secret-id {arn} > secretsmanager-resource-policy.json",
    "sns": "aws sns get-topic-attributes --topic-arn {arn} > sns-get-topic-attributes.json",
    "sqs": "aws sqs get-queue-attributes --attribute-names All --queue-url URL > sqs-get-queue-attributes.json",
}
"""The services whose resources can have policies of their own, and what prints one."""

_WITHOUT_RESOURCE_POLICIES = frozenset(
    {
        "application-autoscaling",
        "autoscaling",
        "cloudformation",
        "cloudwatch",
        "ec2",
        "eks",
        "elasticloadbalancing",
        "pricing",
        "rds",
        "route53",
        "ssm",
        "tag",
        "waf-regional",
    }
)
"""Services that workloads on Kubernetes call and whose resources have no policies of their own, or none that matters to
these calls (Service Authorization Reference)."""

_DEFAULT = '"$(aws iam get-policy --policy-arn {arn} --query Policy.DefaultVersionId --output text)"'
_READERS = {
    "ecr": ("ecr:GetRepositoryPolicy", "RepositoryPolicyNotFoundException"),
    "es": ("opensearch:DescribeDomain", ""),
    "kms": ("kms:GetKeyPolicy", ""),
    "lambda": ("lambda:GetPolicy", "ResourceNotFoundException"),
    "s3": ("s3:GetBucketPolicy", "NoSuchBucketPolicy"),
    "secretsmanager": ("secretsmanager:GetResourcePolicy", ""),
    "sns": ("sns:GetTopicAttributes", ""),
    "sqs": ("sqs:GetQueueAttributes", ""),
}
"""The call that shows a resource's policy, and the code by which it says that there is none."""


def name_of_resource(service: str, arn: str) -> str:
    """Return the name by which commands ask for a resource's policy: of an object its bucket, of a key its id."""
    parsed = Arn.parse(arn)
    resource = parsed.resource if parsed else arn
    if service == "s3":
        return resource.partition("/")[0]
    if service == "kms":
        return resource.removeprefix("key/")
    if service == "lambda":
        return resource.removeprefix("function:").partition(":")[0]
    if service == "ecr":
        return resource.removeprefix("repository/")
    if service == "es":
        return resource.removeprefix("domain/").partition("/")[0]
    return resource.partition("/")[0] if service == "sqs" else resource


def shown_resource(service: str, arn: str) -> str:
    """Return what has the policy and the key, in people's words: of an object its bucket."""
    return f"bucket {name_of_resource(service, arn)}" if service == "s3" else arn


def resource_policy_command(service: str, arn: str) -> str:
    """Return the command that prints a resource's policy, empty where none is known or the resource is not."""
    command = _RESOURCE_POLICY_COMMANDS.get(service, "") if arn else ""
    return command.format(name=quote(name_of_resource(service, arn)), arn=quote(arn))


def encryption_command(service: str, arn: str) -> str:
    """Return the command that shows with which key a resource is encrypted, empty for a service without one here."""
    command = {
        "s3": "aws s3api get-bucket-encryption --bucket {name} > s3api-get-bucket-encryption.{name}.json",
        "secretsmanager": "aws secretsmanager describe-secret --secret-id {arn} > secretsmanager-describe-secret.json",
        "sns": _RESOURCE_POLICY_COMMANDS["sns"],
        "sqs": _RESOURCE_POLICY_COMMANDS["sqs"],
    }.get(service, "")
    return command.format(name=quote(name_of_resource(service, arn)), arn=quote(arn))


class PolicyFacts:
    """What the answers of AWS say of policies that grant and limit permissions."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._versions: dict[str, list[Located[PolicyVersion]]] = {}
        for version in answers.policy_versions:
            if version.value.policy:
                self._versions.setdefault(version.value.policy.rpartition("/")[2], []).append(version)
        self._defaults = {item.value.arn: item.value.default_version for item in answers.managed_policies}
        accounts: dict[str, set[str]] = {}
        for role in answers.roles:
            arn = RoleArn.parse(role.value.arn)
            if arn is not None:
                accounts.setdefault(arn.name, set()).add(arn.account)
        self._homonyms = {name for name, found in accounts.items() if len(found) > 1}

    # Identity policies

    def of_role(self, role: Role) -> RolePolicies:
        """Return the policies attached to a role and those that are part of it."""
        name = role.name
        account = role.arn.split(":")[4]
        attachments = [item for item in self._answers.attachments if item.value.role == name]
        inline = [item for item in self._answers.inline_policies if item.value.role == name]
        names = [item for item in self._answers.inline_policy_names if item.value.role == name]
        untold = [item.value.account for item in attachments] + [item.value.account for item in inline]
        untold += [item.value.account for item in names]
        if name in self._homonyms and "" in untold:
            what = (
                f"the policies of {role.arn}: several roles have this name, and the answers do not tell whose they are"
            )
            return RolePolicies((), (NotCollected(what, ""),), inline_listed=False)
        attached = [item for item in attachments if item.value.account in ("", account)]
        policies = [
            NamedPolicy(arn.rpartition("/")[2], self.managed(arn))
            for arn in dict.fromkeys(arn for item in attached for arn in item.value.policy_arns)
        ]
        missing: list[Missing] = []
        if not attached:
            self._answers.want(AwsRead("iam:ListAttachedRolePolicies", (("RoleName", name),), account))
            missing.append(
                self._missing(
                    f"the policies attached to role {name}",
                    "iam:ListAttachedRolePolicies",
                    f"aws iam list-attached-role-policies --role-name {quote(name)} "
                    f"> {quote(f'iam-list-attached-role-policies.{name}.json')}",
                    name,
                    account,
                )
            )
        own = {item.value.name: item for item in inline if item.value.account in ("", account)}
        policies += [NamedPolicy(key, Located(item.value.document, item.source)) for key, item in own.items()]
        lists = [item.value.names for item in names if item.value.account in ("", account)]
        for key in dict.fromkeys(key for listed in lists for key in listed if key not in own):
            named = (("RoleName", name), ("PolicyName", key))
            self._answers.want(AwsRead("iam:GetRolePolicy", named, account))
            command = (
                f"aws iam get-role-policy --role-name {quote(name)} --policy-name {quote(key)} "
                f"> {quote(f'iam-get-role-policy.{name}.{key}.json')}"
            )
            lacking = self._missing(f"inline policy {key}", "iam:GetRolePolicy", command, name, account)
            policies.append(NamedPolicy(key, lacking))
        complete = bool(lists) or any(item.source.path[:1] == ("RoleDetailList",) for item in attached)
        if not complete:
            self._answers.want(AwsRead("iam:ListRolePolicies", (("RoleName", name),), account))
        if not complete and not policies:
            # A role without any policy would be a strange one: its inline policies may just not have been read.
            missing.append(self._inline_list(role))
        return RolePolicies(tuple(policies), tuple(missing), complete)

    def _inline_list(self, role: Role) -> Missing:
        """Return the missing fact of a role's inline policies."""
        name, account = role.name, role.arn.split(":")[4]
        command = (
            f"aws iam list-role-policies --role-name {quote(name)} > {quote(f'iam-list-role-policies.{name}.json')}"
        )
        return self._missing(f"the inline policies of role {name}", "iam:ListRolePolicies", command, name, account)

    def managed(self, arn: str) -> Located[Document] | Missing:
        """Return the text of a managed policy's default version."""
        name = arn.rpartition("/")[2]
        found = [item for item in self._versions.get(name, ()) if item.value.policy in (name, arn)]
        wanted = self._defaults.get(arn, "")
        # get-policy-version of another version than the default says nothing of what counts.
        found = [
            item
            for item in found
            if (item.value.version in ("", wanted) if wanted else item.value.is_default or not item.value.version)
        ]
        texts = {_text(item.value.document) for item in found}
        version = wanted or _DEFAULT.format(arn=quote(arn))
        command = (
            f"aws iam get-policy-version --policy-arn {quote(arn)} --version-id {version} "
            f"> {quote(f'iam-get-policy-version.{name}.json')}"
        )
        if len(texts) == 1:
            return Located(found[0].value.document, found[0].source)
        account = arn.split(":")[4].removeprefix("aws") if arn.count(":") > 4 else ""
        self._answers.want(AwsRead("iam:GetPolicy", (("PolicyArn", arn),), account))
        if wanted:
            self._answers.want(AwsRead("iam:GetPolicyVersion", (("PolicyArn", arn), ("VersionId", wanted)), account))
        what = f"policy {name}" + (": the versions that were read disagree" if texts else "")
        refused = self._missing(what, "iam:GetPolicy", command, arn, account)
        if isinstance(refused, Denied):
            return refused
        return self._missing(what, "iam:GetPolicyVersion", command, name, account)

    def _missing(self, what: str, permission: str, command: str, name: str, account: str = "") -> Missing:
        for refusal in self._answers.refusals:
            said = refusal.value
            if (
                said.subject == permission
                and said.status == "Forbidden"
                and (not (said.account and account) or said.account == account)
                and (said.name in ("", name) or (said.name.startswith("arn:") and said.name.endswith(f"/{name}")))
            ):
                return Denied(what, permission, command)
        return NotCollected(what, command)

    # Resource policies and keys

    def resource_policy(self, service: str, arn: str) -> Fact[Located[Document]]:
        """Return the policy of a resource; Absent where it has none, or where resources of its service have none."""
        what = f"the policy of {shown_resource(service, arn)}"
        if service not in _RESOURCE_POLICY_COMMANDS:
            if service in _WITHOUT_RESOURCE_POLICIES:
                return Absent(what, f"resources of {service} have no policies")
            return NotCollected(what, "")
        name = name_of_resource(service, arn)
        for item in self._answers.resource_policies:
            value = item.value
            if value.service != service or not _same_resource(service, value.resource, arn, name):
                continue
            if value.document is None:
                return Absent(what, "the answer has no policy")
            return Known(Located(value.document, item.source))
        command = resource_policy_command(service, arn)
        read = _resource_policy_read(service, arn)
        if read is not None and "*" not in arn:
            self._answers.want(read)
        action, none_code = _READERS[service]
        names = {name, read.subject if read else name}
        for refusal in self._answers.refusals:
            said = refusal.value
            if said.subject != action or said.name not in names | {""}:
                continue
            if said.status == "NotFound" and none_code and none_code in said.text and said.name in names:
                return Absent(what, "AWS says that there is none")
            if said.status == "Forbidden":
                return Denied(what, permission_of(action), command)
        return NotCollected(what, command)

    def key(self, arn: str) -> Located[KmsKey] | None:
        """Return a key's description, None where it was not read."""
        found = next((item for item in self._answers.kms_keys if item.value.arn == arn), None)
        parsed = Arn.parse(arn)
        if found is None and parsed is not None and parsed.resource.startswith("key/"):
            self._answers.want(AwsRead("kms:DescribeKey", (("KeyId", arn),), parsed.account, parsed.region))
        return found

    def key_behind(self, service: str, arn: str, region: str, account: str) -> Located[str] | None:
        """Return the ARN of the key that encrypts a resource, None where no answer names one.

        An alias is not a key: without the key's own ARN or id nothing is known of its policy.
        """
        name = name_of_resource(service, arn)
        for item in self._answers.encryption:
            value = item.value
            if value.service != service or not _same_resource(service, value.resource, arn, name):
                continue
            if ":key/" in value.key and "alias/" not in value.key:
                return Located(value.key, item.source)
            if value.key and "alias/" not in value.key and region and account:
                return Located(f"arn:aws:kms:{region}:{account}:key/{value.key}", item.source)
        self._want_encryption(service, arn)
        return None

    def _want_encryption(self, service: str, arn: str) -> None:
        parsed = Arn.parse(arn)
        if parsed is None or "*" in arn:
            return
        if service == "s3":
            self._answers.want(AwsRead("s3:GetBucketEncryption", (("Bucket", name_of_resource(service, arn)),)))
        elif service == "secretsmanager":
            read = AwsRead("secretsmanager:DescribeSecret", (("SecretId", arn),), parsed.account, parsed.region)
            self._answers.want(read)
        elif service in ("sns", "sqs") and (shown := _resource_policy_read(service, arn)):
            self._answers.want(shown)  # the attributes show both

    def knows_encryption(self, service: str, arn: str) -> bool:
        """Return whether an answer says how a resource is encrypted, also where with no key of its own."""
        name = name_of_resource(service, arn)
        if service == "s3" and any(
            (item.value.subject, item.value.status, item.value.name) == ("s3:GetBucketEncryption", "NotFound", name)
            for item in self._answers.refusals
        ):
            return True
        return any(
            item.value.service == service
            and "alias/" not in item.value.key.replace("alias/aws/", "")
            and _same_resource(service, item.value.resource, arn, name)
            for item in self._answers.encryption
        )

    # Control policies

    def control_policies(self, kind: str, account: str) -> Fact[tuple[ControlLevel, ...]]:
        """Return the service or resource control policies above an account, level by level.

        A policy whose attachment was not read stands at a level of its own with the target ``?``: it may be
        attached elsewhere.
        """
        short = "service control policies" if kind == "SERVICE_CONTROL_POLICY" else "resource control policies"
        what = f"the {short} of account {account}"
        command = (
            f"aws organizations list-policies-for-target --target-id {account} --filter {kind} "
            f"> organizations-list-{short.replace(' ', '-')}.{account}.json"
        )
        if any(item.value == account for item in self._answers.management_accounts):
            return Absent(what, "it is the management account, which they do not reach")
        self._answers.want(AwsRead("organizations:DescribeOrganization"))
        self._answers.want(AwsRead("organizations:DescribeOrganization", (), account))
        above, complete = self._above(account)
        if self._answers.management_accounts:
            for target in (account, *above):
                named = (("TargetId", target), ("Filter", kind))
                self._answers.want(AwsRead("organizations:ListPoliciesForTarget", named))
            if not complete:
                lowest = above[-1] if above else account
                self._answers.want(AwsRead("organizations:ListParents", (("ChildId", lowest),)))
        documents = {
            item.value.id: Located(item.value.document, item.source)
            for item in self._answers.organization_policies
            if item.value.kind == kind
        }
        levels = []
        listed: set[str] = set()
        for item in self._answers.organization_attachments:
            value = item.value
            listed.update(value.policies)
            elsewhere = value.target not in ("", account, *above) and (complete or value.target.isdigit())
            if value.kind != kind or elsewhere:
                continue
            policies = tuple(self._control_policy(key, documents) for key in value.policies)
            doubtful = value.target.startswith("ou-") and value.target not in above
            levels.append(ControlLevel(value.target, policies, doubtful))
        loose = tuple(NamedPolicy(key, found) for key, found in documents.items() if key not in listed)
        if loose:
            levels.append(ControlLevel("?", loose))
        if levels:
            return Known(tuple(levels))
        if complete and self._listed(kind).issuperset((account, *above)):
            return Absent(what, "none is attached")
        if account in self._listed(kind) and not complete:
            # None is attached to the account itself.
            lowest = above[-1] if above else account
            parents = f"aws organizations list-parents --child-id {lowest}"
            return self._missing(f"{what}'s units", "organizations:ListParents", parents, lowest)
        for refusal in self._answers.refusals:
            said = refusal.value
            # That an account is in no organization says nothing of the others.
            of_account = said.account in ("", account)
            if said.subject == "organizations:DescribeOrganization" and said.status == "NotFound" and of_account:
                return Absent(what, "the account is in no organization")
            if said.subject == "organizations:ListPoliciesForTarget":
                if said.status == "NotFound" and of_account:
                    return Absent(what, "the account is in no organization")
                if said.status == "Forbidden":
                    return Denied(what, said.subject, command)
        return NotCollected(what, command)

    def points_to(self, kind: str) -> bool:
        """Return whether something shows that control policies of a kind are there, or that they were asked for.

        Then they count as missing where they were not read. Resource control policies are off until an organization
        switches them on, so that its service control policies do not show them.
        """
        answers = self._answers
        if any(item.value.subject.startswith("organizations:") for item in answers.refusals):
            return True
        kinds = {item.value.kind for item in answers.organization_attachments}
        kinds |= {item.value.kind for item in answers.organization_policies}
        return kind in kinds or (kind == "SERVICE_CONTROL_POLICY" and bool(answers.management_accounts))

    def _above(self, account: str) -> tuple[tuple[str, ...], bool]:
        """Return the units and the root above an account, from the nearest one on, and whether they are all."""
        parents = {item.value.child: item.value.parent for item in self._answers.organization_parents}
        found: list[str] = []
        # An organization has five levels of units at most; a wrong answer may go round in circles.
        while (parent := parents.get(found[-1] if found else account)) and parent not in found:
            found.append(parent)
        return tuple(found), bool(found) and found[-1].startswith("r-")

    def _listed(self, kind: str) -> set[str]:
        """Return the accounts, units and roots of which the control policies of a kind were listed.

        A list with nothing in it does not say of which kind it is; only who read it knows.
        """
        found = {item.value.target for item in self._answers.organization_attachments if item.value.kind == kind}
        for read, result in self._answers.reads.items():
            if isinstance(read, AwsRead) and read.action == "organizations:ListPoliciesForTarget":
                named = dict(read.parameters)
                if result.status == "read" and named.get("Filter") == kind:
                    found.add(named["TargetId"])
        return found

    def unread_above(self, account: str) -> Missing | None:
        """Return the missing fact of the service control policies of root and units, which the list of an account
        leaves out; None where they were read.
        """
        kind = "SERVICE_CONTROL_POLICY"
        above, complete = self._above(account)
        read = self._listed(kind)
        what = f"the service control policies of the root and the units above account {account}"
        if complete:
            unread = next((target for target in above if target not in read), None)
            command = f"aws organizations list-policies-for-target --target-id {unread} --filter {kind}"
            permission = "organizations:ListPoliciesForTarget"
            return self._missing(what, permission, command, unread) if unread is not None else None
        if not above and any(target.startswith(("r-", "ou-")) for target in read):
            return None  # a dump that holds units, and does not say which are above the account
        lowest = above[-1] if above else account
        command = f"aws organizations list-parents --child-id {lowest}"
        return self._missing(what, "organizations:ListParents", command, lowest)

    def _control_policy(self, identifier: str, documents: dict[str, Located[Document]]) -> NamedPolicy:
        found = documents.get(identifier)
        if found is not None:
            return NamedPolicy(identifier, found)
        if identifier in _AWS_OWN_CONTROLS:
            place = self._answers.organization_attachments[0].source
            return NamedPolicy(identifier, Located(FULL_ACCESS, place))
        self._answers.want(AwsRead("organizations:DescribePolicy", (("PolicyId", identifier),)))
        command = (
            f"aws organizations describe-policy --policy-id {quote(identifier)} "
            f"> {quote(f'organizations-describe-policy.{identifier}.json')}"
        )
        missing = self._missing(f"policy {identifier}", "organizations:DescribePolicy", command, identifier)
        return NamedPolicy(identifier, missing)


def _resource_policy_read(service: str, arn: str) -> AwsRead | None:
    """Return the call that shows a resource's policy, None for a text that is no ARN."""
    parsed = Arn.parse(arn)
    if parsed is None:
        return None
    name = name_of_resource(service, arn)
    account, region = parsed.account, parsed.region
    named: tuple[tuple[str, str], ...]
    if service == "s3":
        named, account, region = (("Bucket", name),), "", ""  # a bucket's ARN tells neither
    elif service == "kms":
        named = (("KeyId", arn), ("PolicyName", "default"))
    elif service == "secretsmanager":
        named = (("SecretId", arn),)
    elif service == "lambda":
        named = (("FunctionName", _unqualified(arn)),)
    elif service == "ecr":
        named = (("repositoryName", name), ("registryId", account))
    elif service == "es":
        named = (("DomainName", name),)
    elif service == "sns":
        named = (("TopicArn", arn),)
    else:
        suffix = "amazonaws.com.cn" if parsed.partition == "aws-cn" else "amazonaws.com"
        url = f"https://sqs.{region}.{suffix}/{account}/{parsed.resource}"
        named = (("QueueUrl", url), ("AttributeNames", "All"))
    return AwsRead(_READERS[service][0], named, account, region)


def _unqualified(arn: str) -> str:
    """Return the ARN of a function without the version or alias behind it."""
    return ":".join(arn.split(":")[:7])


def _text(document: Document) -> str:
    return document.text if isinstance(document, PolicyDocument) else repr(document)


def _same_resource(service: str, told: str, arn: str, name: str) -> bool:
    """Return whether an answer is of a resource: told by its ARN, else by its name."""
    if not told:
        return False
    if told.startswith("arn:"):
        if service == "secretsmanager" and "*" not in arn:
            # The six characters behind a secret's name are often left out of the question.
            return told == arn or told[:-7] == arn
        if service == "lambda":
            return told == _unqualified(arn)
        return told == arn or (service == "s3" and name_of_resource(service, told) == name)
    if service == "ecr":
        parsed = Arn.parse(arn)
        return told == f"{parsed.account if parsed else ''}/{name}"
    return told == name
