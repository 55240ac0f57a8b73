"""A step is privileged on its node (AW-608)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, subject_of_workflow
from trustpath.model.argo import WrittenWorkflow
from trustpath.model.source import Source
from trustpath.paths.links import Finding


@marked("AW-608", "high", "Workflow", "CronWorkflow", "WorkflowTemplate")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for privileged, the node's network and folders, and user 0."""
    for item in audit.workflows:
        for what, key, place in _privileges(item):
            yield Found(
                subject_of_workflow(item),
                item.namespace,
                f"{item.kind} `{item.name}` {what}",
                (Finding(place, key, "gives rights on the node", key=True),),
                ("take it away; for images there are builders without it",),
            )


def _privileges(item: WrittenWorkflow) -> Iterator[tuple[str, str, Source]]:
    spec = item.spec
    if spec.host_network:
        yield "uses the network of its node", "hostNetwork", item.place.at("hostNetwork")
    if spec.security_context is not None and spec.security_context.run_as_user == 0:
        yield "runs as root", "runAsUser", item.place.at("securityContext", "runAsUser")
    for index, volume in enumerate(spec.volumes or ()):
        if volume.host_path is not None:
            yield f"mounts {volume.host_path.path} of its node", "hostPath", item.place.at("volumes", index, "hostPath")
    for index, template in enumerate(spec.templates or ()):
        here = item.place.at("templates", index)
        for number, volume in enumerate(template.volumes or ()):
            if volume.host_path is not None:
                place = here.at("volumes", number, "hostPath")
                yield f"mounts {volume.host_path.path} of its node", "hostPath", place
        for path, container in template.containers:
            security = container.security_context
            if security is not None and security.privileged:
                yield "runs a privileged container", "privileged", here.at(*path, "securityContext", "privileged")
            if security is not None and security.run_as_user == 0:
                yield "runs as root", "runAsUser", here.at(*path, "securityContext", "runAsUser")
