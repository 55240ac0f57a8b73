"""Everybody may create workflows (AW-213)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit
from trustpath.engine.rbac.authorizer import Grant
from trustpath.engine.rbac.request import ResourceRequest
from trustpath.model.argo import GROUP

EVERYBODY = frozenset({"system:authenticated", "system:unauthenticated", "system:serviceaccounts", "system:anonymous"})
RESOURCES = ("workflows", "cronworkflows", "workflowtemplates")


@marked("AW-213", "critical", "RoleBinding", "Role", "ClusterRoleBinding", "ClusterRole")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for a binding to everybody that allows creating workflows, cron workflows or templates."""
    found: dict[tuple[str, str], tuple[Grant, list[str]]] = {}
    authorizer = audit.rbac.authorizer
    for where in ("", *authorizer.namespaces):
        for key, grants in authorizer.grants_by_role(where).items():
            theirs = [grant for grant in grants if grant.subject.name in EVERYBODY]
            role = authorizer.rules_of(key) if theirs else None
            if role is None:
                continue
            resources = [
                resource
                for resource in RESOURCES
                if role.match(ResourceRequest("create", GROUP, resource, "", where)) is not None
            ]
            for grant in theirs if resources else ():
                found.setdefault((where, grant.binding.metadata.name), (grant, resources))
    for (where, name), (grant, resources) in found.items():
        yield Found(
            f"{grant.kind.lower()}/{name}" + (f" -n {where}" if where else ""),
            where,
            f"{grant.kind} `{name}` lets {grant.subject.name} create {', '.join(dict.fromkeys(resources))}",
            (audit.at_binding(grant, f"for {grant.subject.name}"),),
            ("bind it to the people who are meant",),
            "A workflow runs pods as any account of its namespace.",
        )
