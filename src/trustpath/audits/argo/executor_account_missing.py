"""A workflow takes the token from its pods, and gives the executor none (AW-406)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit
from trustpath.engine.argo.needs import executor_account
from trustpath.paths.links import Finding


@marked("AW-406", "high", "Workflow", "CronWorkflow", "WorkflowTemplate", breaks=True)
def check(audit: Audit) -> Iterator[Found]:
    """Hold for automountServiceAccountToken: false without executor.serviceAccountName (4.4)."""
    for item in audit.workflows:
        spec, defaults = item.spec, audit.defaults_for(item.namespace)
        mounted = spec.automount_service_account_token
        if mounted is None:
            mounted = defaults.automount_service_account_token
        for index, template in enumerate(spec.templates or ()):
            own = template.automount_service_account_token
            if (own if own is not None else mounted) is not False or not template.makes_pod:
                continue
            if executor_account(spec, template, defaults):
                continue
            place = item.place if own is None else item.place.at("templates", index)
            yield Found(
                f"{item.kind.lower()}/{item.name}" + (f" -n {item.namespace}" if item.namespace else ""),
                item.namespace,
                f"template `{template.name}` mounts no token, and names no account for the executor",
                (Finding(place.at("automountServiceAccountToken"), "false", "no token for the executor", key=True),),
                ("executor.serviceAccountName with an account that may create and patch workflowtaskresults",),
                "executor.serviceAccountName must not be empty if automountServiceAccountToken is false",
            )
