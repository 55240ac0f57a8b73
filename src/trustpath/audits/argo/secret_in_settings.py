"""The controller's ConfigMap holds a secret in plain text (AW-506)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found, Result
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, at_setting, subject_of
from trustpath.audits.settings import unread_settings


@marked("AW-506", "critical")
def check(audit: Audit) -> Iterator[Result]:
    """Hold for a password, key or token that is written out; the value itself is never kept or shown."""
    for item in audit.installations:
        part = item.components[0]
        if item.settings is None:
            yield unread_settings(item)
            continue
        for key, path in item.settings.literal_secrets():
            yield Found(
                subject_of(part),
                part.namespace,
                f"{path} of the controller's ConfigMap is a secret in plain text",
                (at_setting(item, key, f"{path} is written out"),),
                ("a Secret, named by a selector: {name: …, key: …}; and another value, for this one is known",),
            )
