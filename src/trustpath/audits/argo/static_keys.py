"""Artifacts are read and written with static keys (AW-507)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found, Result
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, at_setting, subject_of
from trustpath.audits.settings import unread_settings
from trustpath.model.argo_settings import ArtifactRepository


@marked("AW-507", "medium")
def check(audit: Audit) -> Iterator[Result]:
    """Hold for accessKeySecret of a bucket of AWS."""
    for item, controller in audit.controllers:
        if item.settings is None:
            yield unread_settings(item)
            continue
        repository = item.settings.part("artifactRepository", ArtifactRepository)
        s3 = repository.s3 if repository else None
        if s3 is not None and s3.access_key_secret is not None and "amazonaws" in s3.endpoint:
            yield Found(
                subject_of(controller),
                controller.namespace,
                "the artifact repository signs in with a static key",
                (at_setting(item, "artifactRepository", "accessKeySecret"),),
                ("useSDKCreds: true, and an AWS role for the accounts of workflows and of the server",),
                "",
            )
