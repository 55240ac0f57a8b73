"""The link from the IAM principal to a user: access entries and aws-auth (eks-identity 1.4, 1.5, 2)."""

from trustpath.engine.binding_age import is_later
from trustpath.engine.eks.access_entries import user_of
from trustpath.engine.eks.aws_auth import AwsAuthMapper, Mapped, NotMapped, TemplateError
from trustpath.engine.rbac.request import ALL_AUTHENTICATED, MASTERS, User
from trustpath.model.arn import Arn
from trustpath.model.aws_auth import AwsAuth
from trustpath.model.aws_facts import same_principal
from trustpath.model.fact import Absent, Denied, Known, NotCollected
from trustpath.model.trace import Need
from trustpath.paths.aws_auth_facts import AwsAuthFacts, find_aws_auth
from trustpath.paths.links import Finding, LinkResult, broken, ok, unknown
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk

CONFIG_MAP = "CONFIG_MAP"
FIRST_WITH_ACCESS_ENTRIES = 23
"""The minor version of Kubernetes from which on EKS has access entries (A3)."""
API = "API"


def follow(walk: PrincipalWalk) -> LinkResult:
    """Return what this link found: who the principal is to the cluster."""
    found = find_aws_auth(walk.snapshot)
    walk.aws_auth_absent = isinstance(found, Absent)
    walk.aws_auth = found if isinstance(found, AwsAuthFacts) else None
    walk.entry_fact = walk.snapshot.aws.access_entry(walk.cluster_name, walk.principal_arn)
    if walk.entry is not None:
        return _by_entry(walk, walk.entry.value.principal_arn)
    creator = _creator(walk)
    if creator is not None:
        return creator
    if walk.mode != CONFIG_MAP and isinstance(walk.entry_fact, NotCollected | Denied):
        return unknown("whether it has an access entry is not known", walk.entry_fact)
    if walk.mode == API:
        return _nobody(walk, "it has no access entry, and the cluster's mode is API: aws-auth does not count")
    return _by_aws_auth(walk)


def read_cluster(walk: PrincipalWalk) -> None:
    """Find the cluster and its authentication mode."""
    fact = walk.snapshot.aws.cluster(walk.question.cluster)
    if isinstance(fact, Known):
        walk.cluster = fact.value
        walk.mode = fact.value.value.authentication_mode
        minor = fact.value.value.minor_version
        if not walk.mode and minor is not None and minor < FIRST_WITH_ACCESS_ENTRIES:
            walk.mode = CONFIG_MAP


def _by_entry(walk: PrincipalWalk, principal: str) -> LinkResult:
    assert walk.entry is not None  # noqa: S101  # the caller has looked
    entry, source = walk.entry.value, walk.entry.source
    shown = (
        Finding(source.at("principalArn"), principal, "its access entry")
        if entry.type
        else Finding(source, principal, "its access entry")
    )
    arn = Arn.parse(principal) or walk.principal_arn
    made = walk.snapshot.aws.created_at(arn)
    if entry.created_at and made and is_later(made, entry.created_at):
        walk.stale = True
        return broken(
            f"its access entry is older than the {arn.resource.partition('/')[0]}: it is for one that was deleted",
            shown,
            expected=f"an entry made after {made}",
            got=f"made at {entry.created_at}",
        )
    walk.policies_fact = walk.snapshot.aws.access_policies(walk.cluster_name, entry)
    if not entry.type:
        command = (
            f"aws eks describe-access-entry --cluster-name {walk.cluster_name or 'NAME'} "
            f"--principal-arn {principal} > eks-describe-access-entry.json"
        )
        missing = NotCollected(f"username and groups of the access entry of {principal}", command)
        return unknown("it has an access entry, which was only listed", missing, evidence=(shown,))
    try:
        username, groups = user_of(entry, walk.caller)
    except TemplateError as error:
        walk.template_error = str(error)
        return broken(f"its access entry makes no user of it: {error}", shown, got="401 Unauthorized")
    walk.user = User(username, (*groups, ALL_AUTHENTICATED))
    return ok(f"access entry {entry.type} makes it user {username}{_in_groups(groups)}", shown)


def _in_groups(groups: tuple[str, ...]) -> str:
    return f", in {', '.join(groups)}" if groups else ", in no group"


def _creator(walk: PrincipalWalk) -> LinkResult | None:
    """CC1: in the mode CONFIG_MAP whoever created the cluster is its hidden administrator."""
    creation = walk.snapshot.aws.creation(walk.cluster_name)
    if creation is None or walk.mode != CONFIG_MAP:
        return None
    arn = Arn.parse(creation.value.principal_arn)
    if arn is None or not same_principal(arn, walk.principal_arn):
        return None
    walk.user = User("kubernetes-admin", (MASTERS, ALL_AUTHENTICATED))
    return ok(
        f"it created the cluster, and is in {MASTERS} without an entry",
        Finding(creation.source, creation.value.principal_arn, "CloudTrail's record"),
    )


def _by_aws_auth(walk: PrincipalWalk) -> LinkResult:
    config = walk.aws_auth
    if config is None:
        if not walk.aws_auth_absent:
            command = "kubectl get configmap aws-auth -n kube-system -o yaml > aws-auth.yaml"
            return unknown("aws-auth was not read", NotCollected("ConfigMap kube-system/aws-auth", command))
        return _nobody(walk, "it has no access entry, and there is no aws-auth" if _has_api(walk) else
                       "there is no aws-auth")  # fmt: skip
    as_read = _as_read(walk, config)
    spellings = {item.arn for item in as_read.users if item.arn.lower() == walk.principal.arn.lower()}
    if len(spellings) > 1:
        return unknown(
            "aws-auth has it several times in different case: which entry counts is left to chance",
            Need("one spelling of the userarn in aws-auth"),
        )
    result = AwsAuthMapper(as_read).map(walk.caller)
    if not isinstance(result, NotMapped) and not walk.mode:
        command = f"aws eks describe-cluster --name {walk.cluster_name or 'NAME'} > eks-describe-cluster.json"
        return unknown(
            "aws-auth has it, and whether the cluster's mode reads aws-auth is not known",
            NotCollected("the cluster's authentication mode, which a current AWS CLI prints as accessConfig", command),
        )
    if isinstance(result, NotMapped):
        return _nobody(
            walk,
            "it has no access entry, and no entry of aws-auth names it" if _has_api(walk) else
            "no entry of aws-auth names it",
        )  # fmt: skip
    mapping = walk.mapping = result.mapping
    key = "mapUsers" if mapping in config.users else "mapRoles"
    if mapping is None:
        account = walk.principal.account
        assert isinstance(result, Mapped)  # noqa: S101  # only an entry can fail
        walk.user = User(result.username, (ALL_AUTHENTICATED,))
        place = config.place("mapAccounts", config.accounts.index(account))
        return ok(
            f"account {account} is in mapAccounts, so it is user {result.username}, in no group",
            Finding(place, account, "the whole account"),
        )
    shown = Finding(config.place(key, mapping.index, mapping.arn_key), mapping.arn, "its entry in aws-auth")
    if not isinstance(result, Mapped):
        walk.template_error = result.error
        return broken(
            f"its entry in aws-auth makes no user of it: {result.error}",
            Finding(config.place(key, mapping.index, "username"), mapping.username, "cannot be filled for this caller"),
            shown,
            got="401 Unauthorized",
        )
    walk.user = User(result.username, (*result.groups, ALL_AUTHENTICATED))
    return ok(f"aws-auth makes it user {result.username or '(empty)'}{_in_groups(result.groups)}", shown)


def _has_api(walk: PrincipalWalk) -> bool:
    return walk.mode not in (CONFIG_MAP, "")


def _as_read(walk: PrincipalWalk, config: AwsAuth) -> AwsAuth:
    """Return the entries that the cluster's authenticator reads: an old one knows lower-case names only."""
    if not walk.old_authenticator:
        return config
    return AwsAuth(
        tuple(item for item in config.roles if item.arn_key in ("", "rolearn")),
        tuple(item for item in config.users if item.arn_key in ("", "userarn")),
        config.accounts,
        config.unusable,
    )


def _nobody(walk: PrincipalWalk, says: str) -> LinkResult:
    evidence = []
    if walk.aws_auth is not None and walk.mode != API:
        evidence.append(Finding(walk.aws_auth.source.at("metadata", "name"), "aws-auth", "has no entry for it"))
    if walk.mode != CONFIG_MAP and (listed := walk.snapshot.aws.listed_access_entries):
        evidence.append(Finding(listed[1].at("accessEntries"), "accessEntries", "does not list it", key=True))
    return broken(says, *evidence, expected=f"an entry for {walk.principal.arn}", got="401 Unauthorized")
