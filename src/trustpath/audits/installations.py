"""What the checks look at: the installations, the accounts of their parts and of workflows, and what these may do."""

from collections.abc import Iterable, Iterator
from functools import cached_property

from msgspec import Struct

from trustpath.engine.argo.needs import TakenToken, tokens_of
from trustpath.engine.argo.rights import Right
from trustpath.engine.rbac.authorizer import Allowed, Grant
from trustpath.engine.rbac.request import ResourceRequest, account_username, service_account
from trustpath.engine.rbac.rules import group_matches, resource_matches, verb_matches
from trustpath.engine.rbac.who_can import who_can
from trustpath.model.answers import Located
from trustpath.model.argo import (
    WORKFLOW_LABEL,
    Component,
    Installation,
    Version,
    WrittenWorkflow,
    installations,
    written_workflows,
)
from trustpath.model.argo_workflows import WorkflowSpec
from trustpath.model.fact import Absent, Denied, Known, NotCollected
from trustpath.model.kubernetes import ServiceAccount
from trustpath.model.kubernetes_facts import RESOURCES, collect_command
from trustpath.model.rbac import PolicyRule
from trustpath.model.snapshot import Snapshot
from trustpath.model.source import Source
from trustpath.model.trace import Need
from trustpath.paths.argo_sign_in.rules import RULE
from trustpath.paths.cluster_rbac import ClusterRbac
from trustpath.paths.links import Finding, need

Account = tuple[str, str]
"""Namespace and name of a service account."""
BROAD_ROLES = frozenset({"admin", "cluster-admin", "edit"})


class HeldRule(Struct, frozen=True):
    """A rule that an account holds, by which grant, and its number in the role."""

    grant: Grant
    number: int
    rule: PolicyRule

    @property
    def everywhere(self) -> bool:
        """Return whether it counts in the whole cluster."""
        return not self.grant.namespace

    def allows(self, verb: str, group: str, resource: str) -> bool:
        """Return whether it allows a verb on a resource, `pods/log` with its subresource, whatever the name."""
        base, _, sub = resource.partition("/")
        return (
            verb_matches(self.rule, verb) and group_matches(self.rule, group) and resource_matches(self.rule, base, sub)
        )


class Audit:
    """One audit. ``namespace`` is the one that is looked at, empty for all."""

    def __init__(self, snapshot: Snapshot, namespace: str = "") -> None:
        self.snapshot = snapshot
        self.namespace = namespace
        self.facts = snapshot.kubernetes

    @cached_property
    def installations(self) -> tuple[Installation, ...]:
        """Return the installations."""
        return installations(self.snapshot)

    @cached_property
    def servers(self) -> tuple[tuple[Installation, Component], ...]:
        """Return every server with its installation."""
        return tuple((item, item.server) for item in self.installations if item.server is not None)

    @cached_property
    def controllers(self) -> tuple[tuple[Installation, Component], ...]:
        """Return every controller with its installation."""
        return tuple((item, item.controller) for item in self.installations if item.controller is not None)

    @cached_property
    def workflows(self) -> tuple[WrittenWorkflow, ...]:
        """Return every workflow, cron workflow and template."""
        return written_workflows(self.snapshot)

    @cached_property
    def rbac(self) -> ClusterRbac:
        """Return the roles and bindings."""
        return ClusterRbac(self.snapshot)

    def unread(self, kind: str) -> Need | None:
        """Return what has to be collected before silence about a kind says something, None where it does."""
        facts = self.facts
        if kind in ("ClusterRole", "ClusterRoleBinding"):
            whole = self.rbac.lists_roles if kind == "ClusterRole" else self.rbac.lists_bindings
            if whole or facts.was_listed(kind):
                return None
            return Need(f"all {kind}s", f"kubectl get {RESOURCES[kind]} -o yaml > {RESOURCES[kind]}.yaml")
        fact = facts.objects(kind)
        if isinstance(fact, Known) or (isinstance(fact, Absent) and not fact.implied):
            return None
        if isinstance(fact, Denied | NotCollected):
            return need(fact)
        command = collect_command(kind, f"kubectl get {RESOURCES[kind]} -A", RESOURCES[kind])
        return Need(f"the {RESOURCES[kind]}: these facts hold none, and do not say that there are none", command)

    def defaults_for(self, namespace: str) -> WorkflowSpec:
        """Return what workflows of a namespace have that do not say otherwise."""
        for item in self.installations:
            if item.watches(namespace) and item.settings is not None:
                return item.settings.defaults
        return WorkflowSpec()

    def version_for(self, namespace: str) -> Version | None:
        """Return the version of the Argo that runs the workflows of a namespace, None where several do or it is not
        known."""
        found = {item.version for item in self.installations if item.controller and item.watches(namespace)}
        return next(iter(found)) if len(found) == 1 else None

    def tokens_of(self, workflow: WrittenWorkflow) -> Iterator[TakenToken]:
        """Return the stored tokens that the pods of a workflow take."""
        return tokens_of(workflow.spec, self.defaults_for(workflow.namespace))

    @cached_property
    def workflow_accounts(self) -> dict[Account, tuple[Finding, ...]]:
        """Return the accounts that workflows run as, each with what shows it."""
        found: dict[Account, list[Finding]] = {}
        for workflow in self.workflows:
            if not workflow.namespace:
                continue
            named = list(workflow.accounts)
            for name, place in named:
                found.setdefault((workflow.namespace, name), []).append(
                    Finding(place, name, f"{workflow.shown} runs as it")
                )
            if not workflow.spec.service_account_name and workflow.spec.templates:
                account = workflow.spec.account_of(None, self.defaults_for(workflow.namespace))
                place = workflow.located.source.at("metadata", "name")
                found.setdefault((workflow.namespace, account), []).append(
                    Finding(place, workflow.name, f"{workflow.shown} names no account")
                )
        for pod in self.facts.all_of("Pod"):
            if WORKFLOW_LABEL in (pod.value.metadata.labels or {}):
                key = (pod.value.metadata.namespace or "default", pod.value.spec.account)
                place = pod.source.at("metadata", "name")
                found.setdefault(key, []).append(Finding(place, pod.value.metadata.name, "a step runs as it"))
        return {key: tuple(items) for key, items in found.items()}

    @cached_property
    def component_accounts(self) -> dict[Account, Component]:
        """Return the accounts of the installations' own parts."""
        return {(part.namespace, part.account): part for item in self.installations for part in item.components}

    @cached_property
    def used_accounts(self) -> dict[Account, str]:
        """Return the accounts of Argo's parts and of workflows, each with whose it is."""
        found = dict.fromkeys(self.workflow_accounts, "workflows")
        return {**found, **{key: f"the {part.kind}" for key, part in self.component_accounts.items()}}

    @cached_property
    def mapped_accounts(self) -> tuple[Located[ServiceAccount], ...]:
        """Return the accounts that SSO rules may choose, of the namespaces that servers look at."""
        places = {server.watched or item.namespace for item, server in self.servers if "sso" in item.modes}
        return tuple(
            item
            for item in self.facts.all_of("ServiceAccount")
            if RULE in (item.value.metadata.annotations or {})
            and (item.value.metadata.namespace or "default") in places
        )

    def held(self, account: Account) -> Iterator[HeldRule]:
        """Yield every rule that an account holds, anywhere, by bindings that name it."""
        for grant in self.grants(account):
            role = self.rbac.authorizer.rules_of(grant.role)
            for number, rule in enumerate(role.rules if role else ()):
                yield HeldRule(grant, number, rule)

    def grants(self, account: Account) -> tuple[Grant, ...]:
        """Return every grant to an account or to a group that it is in, those of the whole cluster first."""
        groups = (f"system:serviceaccounts:{account[0]}", "system:serviceaccounts", "system:authenticated")
        named = self._grants_by_user.get(account_username(*account), ())
        found = [*named, *(grant for group in groups for grant in self._grants_by_user.get(group, ()))]
        return tuple(sorted(found, key=lambda grant: grant.namespace != ""))

    @cached_property
    def _grants_by_user(self) -> dict[str, list[Grant]]:
        authorizer = self.rbac.authorizer
        found: dict[str, list[Grant]] = {}
        for where in ("", *authorizer.namespaces):
            for grants in authorizer.grants_by_role(where).values():
                for grant in grants:
                    subject = grant.subject
                    if subject.kind == "ServiceAccount":
                        found.setdefault(account_username(subject.namespace or where, subject.name), []).append(grant)
                    elif subject.kind == "User" or not _is_stock(grant):
                        found.setdefault(subject.name, []).append(grant)
        return found

    @cached_property
    def homes(self) -> dict[str, WrittenWorkflow]:
        """Return the namespaces with workflows, each with one of them."""
        found: dict[str, WrittenWorkflow] = {}
        for item in self.workflows:
            if item.namespace:
                found.setdefault(item.namespace, item)
        return dict(sorted(found.items()))

    def may(
        self, account: Account, verb: str, group: str, resource: str, namespace: str, name: str = ""
    ) -> bool | None:
        """Return whether an account may do something, by any binding; None where a role of it was not read."""
        base, _, sub = resource.partition("/")
        request = ResourceRequest(verb, group, base, sub, namespace, name)
        decision = self.rbac.authorizer.decide(service_account(*account), request)
        if isinstance(decision, Allowed):
            return True
        return None if next(self.rbac.unread(request, decision.unknown), None) else False

    def missing(self, account: Account, rights: Iterable[Right], namespace: str) -> tuple[Right, ...] | None:
        """Return of rights the verbs that an account lacks in a namespace, or in all of them without one.

        None where a binding or a role that may give them was not read.
        """
        found: list[Right] = []
        for right in rights:
            name = right.names[0] if right.names else ""
            verdicts = [
                (verb, self.may(account, verb, right.group, right.resource, namespace, name)) for verb in right.verbs
            ]
            if any(verdict is None for _, verdict in verdicts):
                return None
            lacking = tuple(verb for verb, verdict in verdicts if verdict is False)
            if lacking:
                found.append(Right(right.group, right.resource, lacking, right.why, right.names))
        return tuple(found)

    def who_may(
        self, verbs: tuple[str, ...], group: str, resource: str, namespace: str, name: str = ""
    ) -> Iterator[Grant]:
        """Yield a grant of one of the verbs for each subject but administrators and Argo's own parts."""
        base, _, sub = resource.partition("/")
        found: dict[tuple[str, str, str], Grant] = {}
        for verb in verbs:
            allowed, _ = who_can(self.rbac.authorizer, ResourceRequest(verb, group, base, sub, namespace, name))
            for item in allowed:
                subject = item.grant.subject
                if not self._is_meant(item.grant):
                    found.setdefault((subject.kind, subject.namespace or "", subject.name), item.grant)
        yield from found.values()

    def _is_meant(self, grant: Grant) -> bool:
        """Return whether a grant is to an administrator, to Argo itself, or one that every cluster has."""
        subject = grant.subject
        own = (subject.namespace or grant.namespace, subject.name) if subject.kind == "ServiceAccount" else ("", "")
        administers = grant.role.kind == "ClusterRole" and grant.role.name in ("admin", "cluster-admin")
        of_cluster = subject.name.startswith("system:") and not subject.name.startswith(_EVERYBODY)
        return _is_stock(grant) or administers or own in self.component_accounts or of_cluster

    def at_rule(self, held: HeldRule, label: str) -> Finding:
        """Return the place of a rule, or of the binding where the role's text is not there."""
        place = self.rbac.rule_source(held.grant, held.number)
        if place is not None:
            return Finding(place.at("resources"), ", ".join(held.rule.resources or ()), label, key=True)
        return self.at_binding(held.grant, label)

    def at_binding(self, grant: Grant, label: str) -> Finding:
        """Return the role that a binding grants."""
        binding = self.rbac.binding(grant)
        return Finding(binding.source.at("roleRef", "name"), grant.role.name, label)


_EVERYBODY = ("system:authenticated", "system:unauthenticated", "system:anonymous", "system:serviceaccount")
"""Users and groups of Kubernetes' own that are anybody."""


def _is_stock(grant: Grant) -> bool:
    """Return whether every cluster has a grant."""
    marked = "kubernetes.io/bootstrapping" in (grant.binding.metadata.labels or {})
    return marked or grant.role.name.startswith("system:")


def subject_of_workflow(item: WrittenWorkflow) -> str:
    """Return how a workflow is named in findings."""
    return f"{item.kind.lower()}/{item.name}" + (f" -n {item.namespace}" if item.namespace else "")


def shown(account: Account) -> str:
    """Return how an account is named in findings."""
    return f"sa/{account[1]} -n {account[0]}"


def words(right: Right) -> str:
    """Return a right as a rule in the flow style of YAML."""
    names = f", resourceNames: [{', '.join(right.names)}]" if right.names else ""
    return f'{{apiGroups: ["{right.group}"], resources: [{right.resource}], verbs: [{", ".join(right.verbs)}]{names}}}'


def at_component(part: Component, label: str) -> Finding:
    """Return the place of a component by its image."""
    return Finding(part.place.at("image"), part.image, label)


def at_flag(part: Component, name: str, label: str) -> Finding:
    """Return the place of a flag, or of the component where it is not given."""
    flag = part.flag(name)
    return Finding(flag.source, flag.value, label) if flag is not None else at_component(part, label)


def at_setting(item: Installation, key: str, label: str) -> Finding:
    """Return the place of a key of the controller's ConfigMap."""
    settings = item.settings
    source = getattr(item.config, "source", None)
    if settings is None or not isinstance(source, Source):
        part = item.components[0]
        return at_component(part, label)
    return Finding(source.at(*settings.place(key)), key, label, key=settings.has(key))


def subject_of(part: Component) -> str:
    """Return how a component is named in findings."""
    return f"{part.workload.value.metadata.name} -n {part.namespace}"
