"""The resources that every cluster has, and Argo Workflows': their API group, and whether they have a namespace.

Offline there is no discovery. Source: the API reference of Kubernetes 1.35 and Argo Workflows' CRDs; the short
names are kubectl's.
"""

from msgspec import Struct


class ApiResource(Struct, frozen=True):
    """A resource by its plural name; the core group is the empty text."""

    name: str
    group: str
    namespaced: bool


_NAMESPACED = {
    "": "bindings configmaps endpoints events limitranges persistentvolumeclaims pods podtemplates "
    "replicationcontrollers resourcequotas secrets serviceaccounts services",
    "apps": "controllerrevisions daemonsets deployments replicasets statefulsets",
    "argoproj.io": "cronworkflows workflowartifactgctasks workfloweventbindings workflows workflowtaskresults "
    "workflowtasksets workflowtemplates",
    "authorization.k8s.io": "localsubjectaccessreviews",
    "autoscaling": "horizontalpodautoscalers",
    "batch": "cronjobs jobs",
    "coordination.k8s.io": "leases",
    "discovery.k8s.io": "endpointslices",
    "networking.k8s.io": "ingresses networkpolicies",
    "policy": "poddisruptionbudgets",
    "rbac.authorization.k8s.io": "rolebindings roles",
    "storage.k8s.io": "csistoragecapacities",
}
_CLUSTER_SCOPED = {
    "": "componentstatuses namespaces nodes persistentvolumes",
    "admissionregistration.k8s.io": "mutatingwebhookconfigurations validatingadmissionpolicies "
    "validatingadmissionpolicybindings validatingwebhookconfigurations",
    "apiextensions.k8s.io": "customresourcedefinitions",
    "apiregistration.k8s.io": "apiservices",
    "argoproj.io": "clusterworkflowtemplates",
    "authentication.k8s.io": "selfsubjectreviews tokenreviews",
    "authorization.k8s.io": "selfsubjectaccessreviews selfsubjectrulesreviews subjectaccessreviews",
    "certificates.k8s.io": "certificatesigningrequests",
    "flowcontrol.apiserver.k8s.io": "flowschemas prioritylevelconfigurations",
    "networking.k8s.io": "ingressclasses",
    "node.k8s.io": "runtimeclasses",
    "rbac.authorization.k8s.io": "clusterrolebindings clusterroles",
    "scheduling.k8s.io": "priorityclasses",
    "storage.k8s.io": "csidrivers csinodes storageclasses volumeattachments",
}
# No objects, but names that rules speak of: whom one may impersonate, and for whom one may sign (R6, R43).
_VIRTUAL = {
    "": "groups users",
    "authentication.k8s.io": "uids userextras",
    "certificates.k8s.io": "signers",
}
_SHORT = {
    "cj": "cronjobs",
    "cm": "configmaps",
    "crd": "customresourcedefinitions",
    "csr": "certificatesigningrequests",
    "cwf": "cronworkflows",
    "deploy": "deployments",
    "ds": "daemonsets",
    "ep": "endpoints",
    "ev": "events",
    "hpa": "horizontalpodautoscalers",
    "ing": "ingresses",
    "netpol": "networkpolicies",
    "no": "nodes",
    "ns": "namespaces",
    "pdb": "poddisruptionbudgets",
    "po": "pods",
    "pv": "persistentvolumes",
    "pvc": "persistentvolumeclaims",
    "quota": "resourcequotas",
    "rc": "replicationcontrollers",
    "rs": "replicasets",
    "sa": "serviceaccounts",
    "sc": "storageclasses",
    "sts": "statefulsets",
    "svc": "services",
    "wf": "workflows",
    "wftmpl": "workflowtemplates",
}

RESOURCES: dict[str, ApiResource] = {
    name: ApiResource(name, group, namespaced)
    for table, namespaced in ((_NAMESPACED, True), (_CLUSTER_SCOPED, False), (_VIRTUAL, False))
    for group, names in table.items()
    for name in names.split()
}
"""The resources by their plural names, which are unique among these."""


def find_resource(word: str) -> ApiResource | None:
    """Return a resource by its plural, singular or short name, or None."""
    lower = word.lower()
    plural = _SHORT.get(lower, lower)
    ending = f"{plural[:-1]}ies" if plural.endswith("y") else f"{plural}es" if plural.endswith("ss") else f"{plural}s"
    return RESOURCES.get(plural) or RESOURCES.get(ending)
