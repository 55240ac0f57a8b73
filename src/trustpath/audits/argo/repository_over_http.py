"""Artifacts cross the network in the clear (AW-508)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found, Result
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, at_setting, subject_of
from trustpath.audits.settings import unread_settings
from trustpath.model.argo_settings import ArtifactRepository


def _is_inside(endpoint: str) -> bool:
    host = endpoint.partition(":")[0]
    return "." not in host or host.endswith((".svc", ".svc.cluster.local"))


@marked("AW-508", "high")
def check(audit: Audit) -> Iterator[Result]:
    """Hold for insecure: true with an endpoint outside of the cluster."""
    for item, controller in audit.controllers:
        if item.settings is None:
            yield unread_settings(item)
            continue
        repository = item.settings.part("artifactRepository", ArtifactRepository)
        s3 = repository.s3 if repository else None
        if s3 is not None and s3.insecure and not _is_inside(s3.endpoint):
            yield Found(
                subject_of(controller),
                controller.namespace,
                f"artifacts go to {s3.endpoint} over plain HTTP",
                (at_setting(item, "artifactRepository", "insecure: true"),),
                ("insecure: false",),
                "",
            )
