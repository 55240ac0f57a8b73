"""The Kubernetes objects of a snapshot, with an index for each way in which a question asks for them."""

import re
from collections.abc import Iterator
from functools import cached_property
from shlex import quote
from typing import Any

import msgspec

from trustpath.model.answers import Answers, Located
from trustpath.model.api_resources import ApiResource, find_resource
from trustpath.model.fact import Absent, Denied, Fact, Known, NotCollected, known_after
from trustpath.model.kubernetes import NOT_NAMESPACED, Metadata, OwnerReference, Pod, ServiceAccount
from trustpath.model.reads import KubernetesRead
from trustpath.model.source import Source, conflict

RESOURCES = {
    "ClusterRole": "clusterroles",
    "ClusterRoleBinding": "clusterrolebindings",
    "ClusterWorkflowTemplate": "clusterworkflowtemplates",
    "ConfigMap": "configmaps",
    "CronJob": "cronjobs",
    "CronWorkflow": "cronworkflows",
    "CustomResourceDefinition": "customresourcedefinitions",
    "DaemonSet": "daemonsets",
    "Deployment": "deployments",
    "Ingress": "ingresses",
    "Job": "jobs",
    "LimitRange": "limitranges",
    "MutatingWebhookConfiguration": "mutatingwebhookconfigurations",
    "Namespace": "namespaces",
    "NetworkPolicy": "networkpolicies",
    "Node": "nodes",
    "Pod": "pods",
    "ProviderConfig": "providerconfigs",
    "ReplicaSet": "replicasets",
    "ReplicationController": "replicationcontrollers",
    "ResourceQuota": "resourcequotas",
    "Role": "roles",
    "RoleBinding": "rolebindings",
    "Secret": "secrets",
    "SecretProviderClass": "secretproviderclasses",
    "Service": "services",
    "ServiceAccount": "serviceaccounts",
    "StatefulSet": "statefulsets",
    "Workflow": "workflows",
    "WorkflowTemplate": "workflowtemplates",
}


_MADE_BY = {"CronJob": ("Job",), "Deployment": ("ReplicaSet",)}
"""The kinds that stand between a workload and its pods."""

_HASHED = re.compile(r"(?P<name>.+)-(?P<hash>[a-z0-9]+)")


def _essence(value: Any) -> Any:
    """Return an object without what changes by itself or is only printed on demand."""
    bare = msgspec.structs.replace(value, metadata=msgspec.structs.replace(value.metadata, managed_fields=None))
    return msgspec.structs.replace(bare, status=None) if hasattr(bare, "status") else bare


def _maker(owner: OwnerReference, pod: Metadata) -> tuple[str, str] | None:
    """Return the Deployment or CronJob behind a pod's owner, by the names that their controllers give.

    For dumps that leave ReplicaSets and Jobs out.
    """
    match = _HASHED.fullmatch(owner.name)
    if match is None:
        return None
    if owner.kind == "ReplicaSet" and (pod.labels or {}).get("pod-template-hash") == match["hash"]:
        return "Deployment", match["name"]
    return ("CronJob", match["name"]) if owner.kind == "Job" and match["hash"].isdigit() else None


def collect_command(kind: str, get: str, name: str) -> str:
    """Return the command that collects objects: of Secrets the names of their keys alone, no value."""
    if kind == "Secret":
        objects = ".items[]" if name == RESOURCES[kind] else "."
        emptied = f'({objects} | .data) |= ((. // {{}}) | map_values(""))'
        return f"{get} -o json | jq '{emptied}' > {quote(name + '.json')}"
    return f"{get} -o yaml > {quote(name + '.yaml')}"


class KubernetesFacts:
    """What a dump says of Kubernetes objects, and what its silence says."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._objects: dict[str, dict[tuple[str, str], Located[Any]]] = {}
        self._namespaces: dict[str, set[str]] = {}
        self._conflicts: dict[tuple[str, str, str], tuple[Source, Source]] = {}
        self._pods_by_owner: dict[tuple[str, str, str], list[Located[Pod]]] = {}
        self._owned: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
        self._inferred: dict[tuple[str, str, str], set[tuple[str, str]]] = {}
        self._pods_by_account: dict[tuple[str, str], list[Located[Pod]]] = {}
        self._accounts_by_namespace: dict[str, list[Located[ServiceAccount]]] = {}
        for kind, located in answers.objects:
            self._add(kind, located)

    def _add(self, kind: str, located: Located[Any]) -> None:
        metadata: Metadata = located.value.metadata
        namespace = "" if kind in NOT_NAMESPACED else metadata.namespace or "default"
        of_kind = self._objects.setdefault(kind, {})
        self._namespaces.setdefault(kind, set()).add(namespace)
        known = of_kind.setdefault((namespace, metadata.name), located)
        if known is not located:
            if self._answers.reads:
                of_kind[namespace, metadata.name] = located  # the newest one that was read
            elif _essence(known.value) != _essence(located.value):
                self._conflicts[kind, namespace, metadata.name] = (known.source, located.source)
            elif not known.value.metadata.managed_fields:
                of_kind[namespace, metadata.name] = located
            return
        is_pod = isinstance(located.value, Pod)
        for owner in metadata.owner_references or ():
            key = (owner.kind, namespace, owner.name)
            if is_pod:
                self._pods_by_owner.setdefault(key, []).append(located)
                made_by = _maker(owner, metadata)
                if made_by:
                    self._inferred.setdefault((made_by[0], namespace, made_by[1]), set()).add((owner.kind, owner.name))
            else:
                self._owned.setdefault(key, []).append((kind, metadata.name))
        if is_pod:
            self._pods_by_account.setdefault((namespace, located.value.spec.account), []).append(located)
        elif kind == "ServiceAccount":
            self._accounts_by_namespace.setdefault(namespace, []).append(located)

    def object(self, kind: str, namespace: str, name: str) -> Fact[Located[Any]]:
        """Return one object; ``namespace`` is empty for kinds without one."""
        what = f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"
        pending = self._answers.pending_objects.get((kind, namespace, name))
        if pending:
            return NotCollected(what, "", known_after(pending))
        places = self._conflicts.get((kind, namespace, name))
        if places:
            return conflict(what, places)
        found = self._objects.get(kind, {}).get((namespace, name))
        if found is not None:
            return Known(found)
        where = f" -n {quote(namespace)}" if namespace else ""
        resource = RESOURCES[kind].removesuffix("s")
        command = collect_command(kind, f"kubectl get {resource} {quote(name)}{where}", name)
        return self._not_found(kind, namespace, name, what, command)

    def objects(self, kind: str) -> Fact[tuple[Located[Any], ...]]:
        """Return all objects of a kind, in the order of reading; none at all is ``Absent``.

        While a file is left out, one of the kind may stand in it.
        """
        found = self._objects.get(kind)
        if found and (self.was_listed(kind) or not (self._answers.left_out or self._answers.reads)):
            return Known(tuple(found.values()))
        everywhere = "" if kind in NOT_NAMESPACED else " -A"
        resource = RESOURCES[kind]
        command = collect_command(kind, f"kubectl get {resource}{everywhere}", resource)
        return self._not_found(kind, "", "", f"any {kind}", command)

    def objects_in(self, kind: str, namespace: str) -> Fact[tuple[Located[Any], ...]]:
        """Return the objects of a kind in a namespace; none at all is ``Absent``, mostly implied by silence."""
        resource = RESOURCES[kind]
        command = collect_command(kind, f"kubectl get {resource} -n {quote(namespace)}", resource)
        found = tuple(item for (where, _), item in self._objects.get(kind, {}).items() if where == namespace)
        if found and (self.was_listed(kind, namespace) or not (self._answers.left_out or self._answers.reads)):
            return Known(found)
        return self._not_found(kind, namespace, "", f"any {kind} in {namespace}", command)

    def _not_found(
        self, kind: str, namespace: str, name: str, what: str, command: str
    ) -> Absent | Denied | NotCollected:
        resource = RESOURCES[kind]
        deleted = self._answers.deleted_objects.get((kind, namespace, name))
        if deleted:
            return Absent(what, f"{deleted} deletes it")
        told = self._told_by_reader(kind, namespace, name, what, command)
        if told is not None:
            return told
        self.want(kind, namespace, name)
        if self._answers.reads:
            return NotCollected(what, command)
        for refusal in self._answers.refusals:
            said = refusal.value
            if said.subject != resource or said.name not in ("", name):
                continue
            if said.status == "Forbidden":
                return Denied(what, f"get {resource}", command)
            # kubectl's "not found" does not name the namespace that was asked.
            return Absent(what, "kubectl says that it is not found", implied=bool(namespace))
        if self._answers.left_out or (kind, name) == ("ServiceAccount", "default"):
            # Kubernetes makes a service account `default` in every namespace.
            return NotCollected(what, command)
        if namespace in self._namespaces.get(kind, ()):
            # Every namespace has an account `default`: a dump without it did not list them all.
            partial = kind == "ServiceAccount" and (namespace, "default") not in self._objects[kind]
            return Absent(what, f"it is not among the {resource} of the dump", implied=partial)
        if self._answers.cluster_scoped_seen:
            return Absent(what, f"the dump of the cluster holds no {resource} there", implied=True)
        return NotCollected(what, command)

    def known(self, kind: str, namespace: str, name: str) -> Located[Any] | None:
        """Return an object that was read, for looking around: None says nothing."""
        return self._objects.get(kind, {}).get((namespace, name))

    def want(self, kind: str, namespace: str = "", name: str = "") -> None:
        """Tell a live reader that a question looks at an object, or at all of a kind, of a namespace or of all."""
        if not self.was_listed(kind, namespace):
            self._answers.want(KubernetesRead(kind, namespace, name))

    def selector_of(self, kind: str, namespace: str, name: str) -> str:
        """Return the label selector of a workload's pods, as the API takes it; empty where it has none of its own."""
        found = self._objects.get(kind, {}).get((namespace, name))
        selector = getattr(found.value.spec, "selector", None) if found else None
        pairs = (selector.match_labels if selector else None) or {}
        return ",".join(f"{key}={value}" for key, value in sorted(pairs.items()))

    def listing(self, kind: str, namespace: str = "") -> Denied | NotCollected | None:
        """Return why a list that a reader was to bring is not there, None where it is, or where nobody was to."""
        if not self._answers.reads or self.was_listed(kind, namespace):
            return None
        resource = RESOURCES[kind]
        everywhere = "" if kind in NOT_NAMESPACED else f" -n {quote(namespace)}" if namespace else " -A"
        command = f"kubectl get {resource}{everywhere} -o yaml > {resource}.yaml"
        what = f"{resource} in {namespace}" if namespace else resource
        told = self._told_by_reader(kind, namespace, "", what, command)
        if told is None:
            return NotCollected(what, command)
        return told if isinstance(told, Denied | NotCollected) else None

    def want_selected(self, kind: str, namespace: str, *, labels: str = "", fields: str = "") -> None:
        """Tell a live reader that a question looks at the objects that selectors choose."""
        if not self.was_listed(kind, namespace):
            self._answers.want(KubernetesRead(kind, namespace, labels=labels, fields=fields))

    def was_listed(self, kind: str, namespace: str = "") -> bool:
        """Return whether a reader listed all objects of a kind, of a namespace or of all."""
        lists = (KubernetesRead(kind), KubernetesRead(kind, namespace))
        found = (self._answers.reads.get(read) for read in lists)
        return any(result is not None and result.status == "read" for result in found)

    def _told_by_reader(
        self, kind: str, namespace: str, name: str, what: str, command: str
    ) -> Absent | Denied | NotCollected | None:
        """Return what a reader learned of an object, or a kind, that it did not find; None where it did not look."""
        resource = RESOURCES[kind]
        reads = self._answers.reads
        if self.was_listed(kind, namespace):
            return Absent(what, f"it is not among the {resource} that the API server lists")
        exact = reads.get(KubernetesRead(kind, namespace, name))
        if exact is None:
            return None
        if exact.status == "absent":
            return Absent(what, "the API server says that it is not found")
        if exact.status == "denied":
            where = f" in {namespace}" if namespace else ""
            return Denied(what, f"{'get' if name else 'list'} {resource}{where}", command)
        return NotCollected(what, command, exact.said)

    def is_deleted(self, kind: str, namespace: str, name: str) -> bool:
        """Return whether a plan deletes an object."""
        return (kind, namespace, name) in self._answers.deleted_objects

    def pending(self, kind: str, namespace: str) -> Iterator[NotCollected]:
        """Yield the objects of a kind in a namespace, or of the cluster, that only applying a plan shows."""
        for (of, where, name), address in self._answers.pending_objects.items():
            if of == kind and where == namespace:
                yield NotCollected(f"{kind} {name}", "", known_after(address))

    def namespaces(self) -> frozenset[str]:
        """Return the namespaces that were read, or in which something was."""
        named = {item.value.metadata.name for item in self.all_of("Namespace")}
        return frozenset(named.union(*self._namespaces.values()) - {""})

    def all_of(self, kind: str) -> tuple[Located[Any], ...]:
        """Return the objects of a kind that were read, for looking around: silence proves nothing here."""
        return tuple(self._objects.get(kind, {}).values())

    def service_account(self, namespace: str, name: str) -> Fact[Located[ServiceAccount]]:
        """Return a service account."""
        return self.object("ServiceAccount", namespace, name)

    def service_accounts_in(self, namespace: str) -> tuple[Located[ServiceAccount], ...]:
        """Return the service accounts of a namespace that were read."""
        self.want("ServiceAccount", namespace)
        return tuple(self._accounts_by_namespace.get(namespace, ()))

    def runs_no_pod(self, namespace: str, account: str) -> bool:
        """Return whether no pod runs as a service account.

        A dump's silence is taken for it, as it is made of a namespace; a live reader has to list the namespace's pods.
        """
        if self.pods_running_as(namespace, account):
            return False
        self.want("Pod", namespace)
        return not self._answers.reads or self.was_listed("Pod", namespace)

    def unread_pods(self, namespace: str, *, labels: str = "", fields: str = "") -> Denied | NotCollected | None:
        """Return why the pods that selectors choose were not read, None where they were, or where nobody was to."""
        result = self._answers.reads.get(KubernetesRead("Pod", namespace, labels=labels, fields=fields))
        if result is None or result.status == "read" or self.was_listed("Pod", namespace):
            return None
        command = f"kubectl get pods -n {quote(namespace)} -o yaml > pods.yaml"
        if result.status == "denied":
            return Denied("its pods", f"list pods in {namespace}", command)
        return NotCollected("its pods", command, result.said)

    def custom_resource(self, word: str, group: str) -> ApiResource | None:
        """Return the custom resource of this plural, singular or short name; without ``group`` of any group.

        None where no definition of it was read, or several fit.
        """
        found = {
            ApiResource(spec.names.plural, spec.group, spec.scope == "Namespaced")
            for item in self.all_of("CustomResourceDefinition")
            if (spec := item.value.spec).group == (group or spec.group)
            and word.lower() in (spec.names.plural, spec.names.singular, *(spec.names.short_names or ()))
        }
        return found.pop() if len(found) == 1 else None

    def resource_of(self, kind: str, api_version: str) -> ApiResource | None:
        """Return the resource behind a kind: the cluster's own definition, else what every cluster has."""
        group = api_version.rpartition("/")[0]
        custom = self.custom_resource(kind, group)
        if custom is not None:
            return custom
        found = find_resource(kind)
        return found if found is not None and (found.group == group or not api_version) else None

    def pods_of(self, kind: str, namespace: str, name: str) -> tuple[Located[Pod], ...]:
        """Return the pods that an object owns, directly or through the objects that it made."""
        labels = self.selector_of(kind, namespace, name)
        for owned in ("Pod", *_MADE_BY.get(kind, ())):
            self.want_selected(owned, namespace, labels=labels)
        pods: list[Located[Pod]] = []
        seen: set[tuple[str, str]] = set()
        open_owners = [(kind, name)]
        while open_owners:
            owner = open_owners.pop()
            if owner in seen:  # nothing keeps a dump from saying that two objects own each other
                continue
            seen.add(owner)
            pods.extend(self._pods_by_owner.get((owner[0], namespace, owner[1]), ()))
            open_owners.extend(self._owned.get((owner[0], namespace, owner[1]), ()))
            open_owners.extend(self._inferred.get((owner[0], namespace, owner[1]), ()))
        return tuple(pods)

    @cached_property
    def api_server_issuers(self) -> tuple[Located[str], ...]:
        """Return the issuers that the flags of kube-apiserver pods name."""
        return tuple(
            Located(container.service_account_issuer, pod.source.at("spec", "containers"))
            for pod in self.all_of("Pod")
            for container in pod.value.spec.containers or ()
            if container.service_account_issuer
        )

    @cached_property
    def injected_pods(self) -> bool:
        """Return whether any pod that was read carries what the pod identity webhook injects."""
        return any(
            volume.name == "aws-iam-token" for pod in self.all_of("Pod") for volume in pod.value.spec.volumes or ()
        )

    def pods_running_as(self, namespace: str, account: str) -> tuple[Located[Pod], ...]:
        """Return the pods that run as a service account, of those that were read: silence proves nothing here."""
        return tuple(self._pods_by_account.get((namespace, account), ()))
