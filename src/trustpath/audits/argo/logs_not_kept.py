"""Logs of steps go with their pods (AW-709)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found, Result
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, at_setting, subject_of
from trustpath.audits.settings import unread_settings
from trustpath.model.argo_settings import ArtifactRepository


@marked("AW-709", "low")
def check(audit: Audit) -> Iterator[Result]:
    """Hold for a repository without archiveLogs."""
    for item, controller in audit.controllers:
        if item.settings is None:
            yield unread_settings(item)
            continue
        repository = item.settings.part("artifactRepository", ArtifactRepository)
        if repository is not None and not repository.archive_logs:
            yield Found(
                subject_of(controller),
                controller.namespace,
                "the logs of steps are not archived",
                (at_setting(item, "artifactRepository", "no archiveLogs: true"),),
                ("archiveLogs: true, or a log shipper",),
                "",
            )
