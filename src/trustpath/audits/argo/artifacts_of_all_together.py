"""The artifacts of all namespaces have the same keys (AW-312)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found, Result
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, at_setting, subject_of
from trustpath.audits.settings import unread_settings
from trustpath.model.argo_settings import ArtifactRepository


@marked("AW-312", "medium")
def check(audit: Audit) -> Iterator[Result]:
    """Hold for a shared bucket whose keyFormat does not have the namespace in it."""
    for item, controller in audit.controllers:
        if item.watched:
            continue
        if item.settings is None:
            yield unread_settings(item)
            continue
        repository = item.settings.part("artifactRepository", ArtifactRepository)
        s3 = repository.s3 if repository else None
        if s3 is not None and "workflow.namespace" not in s3.key_format:
            shown_format = s3.key_format or "{{workflow.name}}/{{pod.name}}"
            yield Found(
                subject_of(controller),
                controller.namespace,
                f"the keys of artifacts do not name the namespace: {shown_format}",
                (at_setting(item, "artifactRepository", "one bucket for all namespaces"),),
                ('keyFormat: "{{workflow.namespace}}/{{workflow.name}}/{{pod.name}}"',),
                "Workflows of the same name overwrite each other, and no policy can tell tenants apart.",
            )
