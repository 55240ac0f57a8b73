"""Everybody may create workflows (AW-213)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit
from trustpath.engine.rbac.authorizer import Grant
from trustpath.engine.rbac.request import ResourceRequest
from trustpath.engine.rbac.who_can import who_can
from trustpath.model.argo import GROUP

EVERYBODY = frozenset({"system:authenticated", "system:unauthenticated", "system:serviceaccounts", "system:anonymous"})
RESOURCES = ("workflows", "cronworkflows", "workflowtemplates")


@marked("AW-213", "critical", "RoleBinding", "Role", "ClusterRoleBinding", "ClusterRole")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for a binding to everybody that allows creating workflows, cron workflows or templates."""
    found: dict[tuple[str, str], tuple[Grant, list[str]]] = {}
    for where in ("", *audit.rbac.authorizer.namespaces):
        for resource in RESOURCES:
            allowed, _ = who_can(audit.rbac.authorizer, ResourceRequest("create", GROUP, resource, "", where))
            for item in allowed:
                if item.grant.subject.name in EVERYBODY and item.grant.namespace == where:
                    key = (where, item.grant.binding.metadata.name)
                    found.setdefault(key, (item.grant, []))[1].append(resource)
    for (where, name), (grant, resources) in found.items():
        yield Found(
            f"{grant.kind.lower()}/{name}" + (f" -n {where}" if where else ""),
            where,
            f"{grant.kind} `{name}` lets {grant.subject.name} create {', '.join(dict.fromkeys(resources))}",
            (audit.at_binding(grant, f"for {grant.subject.name}"),),
            ("bind it to the people who are meant",),
            "A workflow runs pods as any account of its namespace.",
        )
