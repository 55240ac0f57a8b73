"""A binding gives rights on workflows to an account that does not exist (AW-217)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit
from trustpath.model.argo import GROUP
from trustpath.model.fact import Absent
from trustpath.paths.links import Finding


@marked("AW-217", "medium", "RoleBinding", "ServiceAccount", "Role")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for a RoleBinding to a role of Argo's resources, and to an account that is not there."""
    for item in audit.facts.all_of("RoleBinding"):
        binding = item.value
        namespace = binding.metadata.namespace or "default"
        role = audit.facts.known(
            binding.role_ref.kind, namespace if binding.role_ref.kind == "Role" else "", binding.role_ref.name
        )
        if role is None or not any(GROUP in (rule.api_groups or ()) for rule in role.value.rules or ()):
            continue
        for index, subject in enumerate(binding.subjects or ()):
            if subject.kind != "ServiceAccount":
                continue
            home = subject.namespace or namespace
            fact = audit.facts.service_account(home, subject.name)
            if isinstance(fact, Absent) and not fact.implied:
                yield Found(
                    f"rolebinding/{binding.metadata.name} -n {namespace}",
                    namespace,
                    f"RoleBinding `{binding.metadata.name}` is for account {home}/{subject.name}, which does not exist",
                    (Finding(item.source.at("subjects", index, "name"), subject.name, "no such account"),),
                    (f"kubectl create serviceaccount {subject.name} -n {home}, or take the binding away",),
                    "Whoever may create accounts there gets what it grants. The Helm chart makes the binding, and the "
                    "account only with workflow.serviceAccount.create.",
                )
