"""Nothing says that artifacts are to be encrypted with a key (AW-509)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found, Result
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, at_setting, subject_of
from trustpath.audits.settings import unread_settings
from trustpath.model.argo_settings import ArtifactRepository


@marked("AW-509", "low")
def check(audit: Audit) -> Iterator[Result]:
    """Hold for a bucket of AWS without encryptionOptions."""
    for item, controller in audit.controllers:
        if item.settings is None:
            yield unread_settings(item)
            continue
        repository = item.settings.part("artifactRepository", ArtifactRepository)
        s3 = repository.s3 if repository else None
        if s3 is not None and "amazonaws" in s3.endpoint and not bytes(s3.encryption_options):
            yield Found(
                subject_of(controller),
                controller.namespace,
                "no encryptionOptions for the artifact repository",
                (at_setting(item, "artifactRepository", "no encryptionOptions"),),
                ("encryptionOptions.enableEncryption with kmsKeyId, or a default of the bucket",),
                "",
            )
