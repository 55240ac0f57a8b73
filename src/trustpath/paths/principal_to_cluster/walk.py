"""What the links of the path IAM principal → cluster have found so far."""

import re
from dataclasses import dataclass, field
from functools import cached_property

from trustpath.engine.eks.access_policies import Verdict, judge_all
from trustpath.engine.eks.aws_auth import Caller
from trustpath.engine.eks.canonical_arn import CanonicalArn
from trustpath.engine.rbac.request import ALL_AUTHENTICATED, ANONYMOUS, ResourceRequest
from trustpath.model.answers import Located
from trustpath.model.arn import Arn
from trustpath.model.aws_auth import Mapping
from trustpath.model.client import Kubeconfig
from trustpath.model.eks import AccessEntry, AssociatedPolicies, Cluster
from trustpath.model.fact import Denied, Fact, Known, NotCollected
from trustpath.model.question import PrincipalToCluster
from trustpath.model.trace import Need
from trustpath.paths.aws_auth_facts import AwsAuthFacts
from trustpath.paths.kubernetes_request.walk import NO_ANONYMOUS, Walk
from trustpath.paths.links import Sentences, need

OLD_AUTHENTICATOR = 24
"""Before Kubernetes 1.24 clusters were seen to compare the names of fields in aws-auth with their case.

Public reports: aws-iam-authenticator 114, 261 and 312 (2018 to 2020, EKS up to 1.14). Which version of the
authenticator EKS ran where is not published; today's ignores case (C1).
"""


_NOBODY = CanonicalArn("", "role", "")


@dataclass
class PrincipalWalk(Walk):
    """What the links have found so far.

    ``mode`` is the cluster's authentication mode, empty where it is not known. ``entry`` is the principal's
    access entry, ``mapping`` its entry of aws-auth; ``aws_auth`` is None where the ConfigMap was not read or does
    not exist, and ``aws_auth_absent`` tells which. ``policies_fact`` is None without an access entry.
    ``unexplained``: a message says 401, and all that was read would let the principal in.
    ``came_as``: the user that a message names where the principal itself would be let in.
    """

    principal: CanonicalArn = _NOBODY
    caller: Caller = field(default_factory=lambda: Caller(_NOBODY, ""))
    mode: str = ""
    cluster: Located[Cluster] | None = None
    entry_fact: Fact[Located[AccessEntry]] | None = None
    aws_auth: AwsAuthFacts | None = None
    aws_auth_absent: bool = False
    mapping: Mapping | None = None
    template_error: str = ""
    stale: bool = False
    policies_fact: Fact[Located[AssociatedPolicies]] | None = None
    unexplained: bool = False
    came_as: str = ""

    @property
    def kubeconfig(self) -> Located[Kubeconfig] | None:
        """Return the kubeconfig's context that is in use for this cluster, None where none or several were read.

        It is for this cluster where it has its endpoint, or makes tokens for its name.
        """
        found = [item for item in self.snapshot.kubeconfigs() if self._is_for_cluster(item.value)]
        return found[0] if len(found) == 1 else None

    def _is_for_cluster(self, config: Kubeconfig) -> bool:
        plugin = config.plugin.cluster_name if config.plugin else ""
        return self.has_endpoint(config) or (bool(plugin) and plugin == self.cluster_name)

    def has_endpoint(self, config: Kubeconfig) -> bool:
        """Return whether a kubeconfig asks this cluster's endpoint."""
        endpoint = self.cluster.value.endpoint.rstrip("/").lower() if self.cluster else ""
        return bool(endpoint) and config.server.rstrip("/").lower() == endpoint

    @property
    def entry(self) -> Located[AccessEntry] | None:
        """Return the principal's access entry, where there is one and the cluster's mode lets it count."""
        if self.mode == "CONFIG_MAP" or not isinstance(self.entry_fact, Known):
            return None
        return self.entry_fact.value

    @property
    def policies(self) -> Located[AssociatedPolicies] | None:
        """Return the access policies of the entry, None where there is no entry or they were not read."""
        return self.policies_fact.value if isinstance(self.policies_fact, Known) else None

    @cached_property
    def policy_verdicts(self) -> tuple[Verdict, ...]:
        """Return what each access policy says to the request."""
        if self.policies is None or self.request is None:
            return ()
        return judge_all(self.policies.value.policies, self.request)

    @property
    def unread_for_escalation(self) -> tuple[Need, ...]:
        """Return what was not read: of RBAC, and the entry's access policies, which may allow to escalate or bind."""
        policies = (need(self.policies_fact),) if isinstance(self.policies_fact, NotCollected | Denied) else ()
        return (*super().unread_for_escalation, *policies)

    def allows(self, request: ResourceRequest) -> bool:
        """Return whether any authorizer lets the user do something else: RBAC, or an access policy."""
        policies = self.policies.value.policies if self.policies else ()
        return super().allows(request) or any(verdict.result == "allowed" for verdict in judge_all(policies, request))

    @property
    def old_authenticator(self) -> bool:
        """Return whether the cluster is so old that the case of the names of fields counted."""
        minor = self.cluster.value.minor_version if self.cluster else None
        return minor is not None and minor < OLD_AUTHENTICATOR

    @property
    def principal_arn(self) -> Arn:
        """Return the ARN of the role or user, a role's without its path."""
        return Arn(*self.principal.arn.split(":", 5)[1:])

    @property
    def name(self) -> str:
        """Return the principal's kind and name, as people write it."""
        resource = self.principal_arn.resource
        return resource if resource.startswith(("user/", "role/")) else self.principal.arn

    @property
    def question_arn(self) -> str:
        """Return the ARN as it was asked for."""
        return self.question.principal_arn if isinstance(self.question, PrincipalToCluster) else ""

    @property
    def cluster_name(self) -> str:
        """Return the name of the cluster, empty where it is not known."""
        return self.question.cluster or (self.cluster.value.name if self.cluster else "")

    @property
    def explains_denial(self) -> bool:
        """Return whether a cause of this path says why a known user is refused: causes of RBAC need not guess then."""
        if self.user is None:
            return False
        return bool(self.policy_verdicts) or not self.is_bound

    @property
    def policies_of_user(self) -> tuple[tuple[Verdict, ...], tuple[Need, ...]]:
        """Return nothing: the entry of the principal itself is asked."""
        return (), ()

    @cached_property
    def may_be_bound_by_name(self) -> bool:
        """Return whether a binding names a user that this one may be once its placeholders are filled in."""
        if self.user is None or "{{" not in self.user.name:
            return False
        pattern = re.compile(".+".join(map(re.escape, re.split(r"\{\{\w+\}\}", self.user.name))))
        return any(pattern.fullmatch(name) for name in self.rbac.authorizer.user_names)

    @property
    def is_bound(self) -> bool:
        """Return whether any binding, anywhere, names the user or one of its own groups."""
        if self.user is None:
            return False
        authorizer = self.rbac.authorizer
        places = ("", *authorizer.namespaces)
        return any(
            grant.subject.name != ALL_AUTHENTICATED
            for where in places
            for grant in authorizer.grants_in(self.user, where)
        )

    @property
    def who(self) -> str:
        """Return the principal, and the user that it is where that is another name."""
        return self.name

    @property
    def sentences(self) -> Sentences:
        """Return how to say the verdict."""
        if self.user is None or self.request is None:
            user = f" as user {self.user.name}" if self.user else ""
            return Sentences(
                f"the cluster knows {self.name}{user}",
                f"the cluster does not know {self.name}",
                f"the cluster probably does not know {self.name}",
                f"whether the cluster knows {self.name}",
            )
        return super().sentences

    @property
    def log_subject(self) -> str:
        """Return nothing: logs of clients and of the authenticator are saved under many names."""
        return ""

    @property
    def http_status(self) -> int:
        """Return 401 for a caller that the cluster does not know, 403 for one that may not."""
        broken = next((link for link, result in self.results.items() if result.state == "broken"), "")
        if broken == "cluster-token" and self.sends_no_token:
            minor = self.cluster.value.minor_version if self.cluster else None
            return 403 if minor is not None and minor < NO_ANONYMOUS else 401
        return {
            "client": 403 if self.came_as else 0,
            "authorization": 403,
            "escalation": 403,
            "mapping": 401,
            "cluster-token": 401,
        }.get(broken, 0)

    @property
    def sends_no_token(self) -> bool:
        """Return whether no token reaches the API server: the kubeconfig has none, or a message says so."""
        config = self.kubeconfig.value if self.kubeconfig else None
        said = self.symptom.forbidden if self.symptom else None
        bare = config is not None and not (config.plugin or config.has_token or config.has_certificate)
        return bare or (said is not None and said.user == ANONYMOUS)
