"""What the links of the path Kubernetes request have found so far."""

from dataclasses import dataclass, field
from functools import cached_property

from trustpath.engine.eks.access_policies import Verdict, judge_all
from trustpath.engine.messages import forbidden
from trustpath.engine.messages.symptom import Symptom
from trustpath.engine.rbac.authorizer import Allowed, Decision, Grant, NoOpinion
from trustpath.engine.rbac.escalation import Escalation
from trustpath.engine.rbac.near_misses import GrantMiss, RuleMiss, grant_misses, rule_misses
from trustpath.engine.rbac.request import ANONYMOUS, Request, ResourceRequest, UrlRequest, User, account_of
from trustpath.model.answers import Located
from trustpath.model.api_resources import find_resource
from trustpath.model.fact import Absent, Denied, Known, NotCollected
from trustpath.model.question import AskedRequest, KubernetesRequest, PrincipalToCluster, WorkflowRun
from trustpath.model.rbac import Binding, Role
from trustpath.model.snapshot import Snapshot
from trustpath.model.source import Source
from trustpath.model.trace import Need
from trustpath.paths.cluster_rbac import ClusterRbac
from trustpath.paths.links import MESSAGE, LinkResult, Sentences, need
from trustpath.paths.usernames import entries_named

NO_ANONYMOUS = 32
"""The minor version of Kubernetes from which on EKS refuses anonymous requests with 401 (K2)."""
_HEALTH = ("/healthz", "/livez", "/readyz")

WrittenObject = tuple[str, Located[Role] | Located[Binding]]
"""The kind of a role or binding, and the object with its place."""


def request_of(asked: AskedRequest) -> Request:
    """Return a request as the authorizer takes it."""
    if asked.path:
        return UrlRequest(asked.verb, asked.path)
    return ResourceRequest(asked.verb, asked.group, asked.resource, asked.subresource, asked.namespace, asked.name)


@dataclass
class Walk:
    """What the links have found so far. ``user`` is None until somebody is known to make the request.

    ``request`` is what is asked for, None where only the user is. ``object`` is the role or binding that the request
    writes, where one is given.
    """

    snapshot: Snapshot
    question: KubernetesRequest | PrincipalToCluster | WorkflowRun
    user: User | None = None
    request: Request | None = None
    results: dict[str, LinkResult] = field(default_factory=dict)
    behind: dict[str, LinkResult] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    decision: Decision | None = None
    symptom: Symptom | None = None
    symptom_place: Source = field(default_factory=lambda: Source.of_line(MESSAGE, 1))
    object: WrittenObject | None = None
    escalation: Escalation | None = None

    def __post_init__(self) -> None:
        self.request = request_of(self.question.request) if self.question.request else None

    def result(self, link: str) -> LinkResult:
        """Return what a link found, also when the request never got there."""
        return self.behind.get(link) or self.results[link]

    @cached_property
    def rbac(self) -> ClusterRbac:
        """Return the roles and bindings."""
        return ClusterRbac(self.snapshot)

    @property
    def refused_by_message(self) -> bool:
        """Return whether the message that was given says that this very request was refused."""
        said = self.symptom.forbidden if self.symptom and self.symptom.kind == "request" else None
        if said is None or self.user is None or self.request is None:
            return False
        if said.user not in (None, self.user.name) or said.verb not in (None, self.request.verb):
            return False
        if isinstance(self.request, ResourceRequest):
            return (
                (said.resource in (None, self.request.resource))
                and said.group in (None, self.request.group)
                and (said.namespace in (None, self.request.namespace))
            )
        return said.path in (None, self.request.path)

    @property
    def account(self) -> tuple[str, str] | None:
        """Return namespace and name of the service account that asks, None where it is another user."""
        return account_of(self.user.name) if self.user else None

    @property
    def unread_for_escalation(self) -> tuple[Need, ...]:
        """Return what was not read and may hold what is granted, or the right to grant it."""
        if self.user is None or self.request is None:
            return ()
        namespace = self.request.namespace if isinstance(self.request, ResourceRequest) else ""
        authorizer = self.rbac.authorizer
        unread = (grant for grant in authorizer.grants_of(self.user, namespace) if not authorizer.rules_of(grant.role))
        grants = tuple(grant for grant in unread if self.rbac.may_exist(grant.role))
        return tuple(self.rbac.unread(self.request, grants))

    def allows(self, request: ResourceRequest) -> bool:
        """Return whether any authorizer lets the user do something else."""
        return self.user is not None and isinstance(self.rbac.authorizer.decide(self.user, request), Allowed)

    @property
    def who(self) -> str:
        """Return the asking user as people write it."""
        if self.account:
            return f"service account {self.account[0]}/{self.account[1]}"
        return f"user {self.user.name}" if self.user else "nobody"

    @property
    def denied(self) -> NoOpinion | None:
        """Return the decision where RBAC does not allow."""
        return self.decision if isinstance(self.decision, NoOpinion) else None

    @cached_property
    def rule_misses(self) -> list[RuleMiss]:
        """Return the rules that come near, where the request was refused."""
        if self.user is None or self.request is None or self.denied is None:
            return []
        return rule_misses(self.rbac.authorizer, self.user, self.request)

    @cached_property
    def grant_misses(self) -> list[GrantMiss]:
        """Return the bindings that would allow elsewhere or for others, where the request was refused."""
        if self.account is not None:
            # A binding in the account's own namespace is a common mistake.
            for kind in ("RoleBinding", "Role"):
                self.snapshot.kubernetes.want(kind, self.account[0])
        if self.user is None or self.request is None or self.denied is None:
            return []
        return grant_misses(self.rbac.authorizer, self.user, self.request, self.account_exists)

    @cached_property
    def own_grants(self) -> list[Grant]:
        """Return the grants of bindings that name the user itself, wherever they grant."""
        if self.user is None:
            return []
        alone = User(self.user.name)
        places = ("", *self.rbac.authorizer.namespaces)
        return [grant for where in places for grant in self.rbac.authorizer.grants_in(alone, where)]

    def account_exists(self, namespace: str, name: str) -> bool | None:
        """Return whether a service account exists, None where that was not read."""
        fact = self.snapshot.kubernetes.service_account(namespace, name)
        if isinstance(fact, Known):
            return True
        return False if isinstance(fact, Absent) and not fact.implied else None

    @property
    def is_bound_here(self) -> bool:
        """Return whether a binding that counts for the request names the user itself."""
        namespace = self.request.namespace if isinstance(self.request, ResourceRequest) else ""
        return any(grant.namespace in ("", namespace) for grant in self.own_grants)

    @property
    def uses_default_account(self) -> bool:
        """Return whether a workload asks as the account that every namespace has, where another one was meant.

        Nobody granted it anything, or what it asks for is granted to an account of the same namespace.
        """
        if self.account is None or self.account[1] != "default":
            return False
        return not self.own_grants or self.is_granted_to_neighbour

    @cached_property
    def is_granted_to_neighbour(self) -> bool:
        """Return whether another service account of the same namespace may do it."""
        if self.account is None or self.request is None:
            return False
        namespace = self.request.namespace if isinstance(self.request, ResourceRequest) else ""
        authorizer = self.rbac.authorizer
        for where in dict.fromkeys(("", namespace)):
            for key, grants in authorizer.grants_by_role(where).items():
                role = authorizer.rules_of(key)
                if role is None or role.match(self.request) is None:
                    continue
                subjects = ((grant.subject, grant.namespace) for grant in grants)
                if any(
                    subject.kind == "ServiceAccount" and (subject.namespace or place) == self.account[0]
                    for subject, place in subjects
                ):
                    return True
        return False

    @cached_property
    def aggregated_grants(self) -> list[Grant]:
        """Return the grants that count here and whose ClusterRole is put together from others (R31)."""
        if self.user is None or not isinstance(self.request, ResourceRequest) or self.denied is None:
            return []
        grants = self.rbac.authorizer.grants_of(self.user, self.request.namespace)
        roles = ((grant, self.rbac.role(grant.role)) for grant in grants)
        return [grant for grant, role in roles if role and role.value.aggregation_rule]

    @property
    def is_custom_resource(self) -> bool:
        """Return whether the request is for a resource that Kubernetes itself does not have."""
        request = self.request
        if not isinstance(request, ResourceRequest):
            return False
        known = find_resource(request.resource)
        return known is None or known.group != request.group or request.group == "argoproj.io"

    @property
    def explains_denial(self) -> bool:
        """Return whether something besides RBAC says why a known user is refused."""
        return False

    @property
    def message(self) -> str:
        """Return what the API server prints for the refusal."""
        if self.user is None or self.request is None:
            return ""
        return forbidden.write(self.user.name, self.request, self.denied.reason if self.denied else "")

    @property
    def asked(self) -> str:
        """Return what is asked for, in words."""
        request = self.request
        if request is None:
            return "enter the cluster"
        if not isinstance(request, ResourceRequest):
            return f"{request.verb} {request.path}"
        group = f".{request.group}" if request.group else ""
        sub = f"/{request.subresource}" if request.subresource else ""
        name = f" {request.name}" if request.name else ""
        if request.namespace and request.resource != "namespaces":
            where = f" in namespace {request.namespace}"
        else:
            where = "" if request.name or request.resource == "namespaces" else " at the cluster scope"
        return f"{request.verb} {request.resource}{group}{sub}{name}{where}"

    @property
    def sentences(self) -> Sentences:
        """Return how to say the verdict."""
        may = f"{self.asked}"
        return Sentences(
            f"{self.who} may {may}",
            f"{self.who} may not {may}",
            f"{self.who} probably may not {may}",
            f"whether {self.who} may {may}",
        )

    @property
    def log_subject(self) -> str:
        """Return the name of the service account: its program's logs are mostly saved under it."""
        return self.account[1] if self.account else ""

    @property
    def cluster_version(self) -> int | None:
        """Return the minor version of Kubernetes, None where no answer of EKS tells it."""
        fact = self.snapshot.aws.cluster(self.question.cluster)
        return fact.value.value.minor_version if isinstance(fact, Known) else None

    @cached_property
    def policies_of_user(self) -> tuple[tuple[Verdict, ...], tuple[Need, ...]]:
        """Return what the access policies of the entry with this username say, and what of them was not read."""
        if self.user is None or self.request is None or self.account is not None:
            return (), ()
        aws = self.snapshot.aws
        found: list[Verdict] = []
        needs: list[Need] = []
        for entry in entries_named(self.snapshot, self.user.name, self.question.cluster):
            fact = aws.access_policies(self.question.cluster, entry)
            if isinstance(fact, Known):
                found += judge_all(fact.value.value.policies, self.request)
            elif isinstance(fact, NotCollected | Denied):
                needs.append(need(fact))
        return tuple(found), tuple(needs)

    @property
    def is_unheard(self) -> bool:
        """Return whether the request is anonymous and the cluster hears none such but for its health (K2)."""
        if self.user is None or self.user.name != ANONYMOUS or (self.cluster_version or 0) < NO_ANONYMOUS:
            return False
        return not (isinstance(self.request, UrlRequest) and self.request.path in _HEALTH)

    @property
    def http_status(self) -> int:
        """Return the status of the refusal."""
        return 401 if self.is_unheard else 403
