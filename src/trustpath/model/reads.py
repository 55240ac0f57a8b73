"""What a live reader can be asked to read, and how that went.

A lookup in a snapshot that finds nothing says what it would have needed; a reader fetches just that.
"""

from typing import Literal

from msgspec import Struct


class KubernetesRead(Struct, frozen=True, order=True, tag="kubernetes", omit_defaults=True):
    """One object, or a list of a kind where ``name`` is empty: of a namespace, or of all where that is empty too.

    ``labels`` and ``fields`` are selectors; such a list says nothing of other objects.
    """

    kind: str
    namespace: str = ""
    name: str = ""
    labels: str = ""
    fields: str = ""


class AwsRead(Struct, frozen=True, order=True, tag="aws", omit_defaults=True):
    """A call that reads from AWS.

    ``action`` is ``service:Operation`` as the API has it (``iam:GetRole``). ``parameters`` are the call's own, a list
    with commas; the first one is whose answer it is. ``account`` and ``region`` are empty where those of the
    credentials will do.
    """

    action: str
    parameters: tuple[tuple[str, str], ...] = ()
    account: str = ""
    region: str = ""

    @property
    def service(self) -> str:
        """Return the service, as the SDK names it."""
        return self.action.partition(":")[0]

    @property
    def operation(self) -> str:
        """Return the operation."""
        return self.action.partition(":")[2]

    @property
    def subject(self) -> str:
        """Return whose answer this is, empty for a call without parameters."""
        return self.parameters[0][1] if self.parameters else ""


class IssuerRead(Struct, frozen=True, order=True, tag="issuer"):
    """The API server's own ``/.well-known/openid-configuration``."""


class CertificatesRead(Struct, frozen=True, order=True, tag="certificates"):
    """The certificates of the host that has an issuer's keys, from the internet. ``issuer`` is the URL."""

    issuer: str


class LogRead(Struct, frozen=True, order=True, tag="log", omit_defaults=True):
    """The last lines of a container's log, or with ``previous`` of the one before it was restarted."""

    namespace: str
    pod: str
    container: str
    previous: bool = False


Document = AwsRead | IssuerRead | CertificatesRead
"""What gives one answer in JSON."""
Read = KubernetesRead | LogRead | Document


class ReadResult(Struct, frozen=True):
    """How a read went; ``said`` is the server's own text where it did not give the answer."""

    status: Literal["read", "absent", "denied", "failed"]
    said: str = ""


# Where the permission has another name than the call (Service Authorization Reference).
_PERMISSIONS = {
    "opensearch:DescribeDomain": "es:DescribeDomain",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
}
_FREE = frozenset({"sts:GetCallerIdentity"})
"""Calls that need no permission."""


def permission_of(action: str) -> str:
    """Return the IAM action that a call needs, empty for none."""
    return "" if action in _FREE else _PERMISSIONS.get(action, action)
