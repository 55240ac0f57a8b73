"""What EKS and EC2 answer, reduced to what decides."""

from msgspec import Struct


class Cluster(Struct, frozen=True):
    """An EKS cluster. ``issuer`` is the URL with its scheme, empty when the answer has none."""

    name: str
    arn: str
    issuer: str
    version: str
    authentication_mode: str


class Addon(Struct, frozen=True):
    """An add-on and the IRSA role that EKS writes on its service account."""

    cluster: str
    name: str
    role_arn: str
    modified_at: str


class AccessEntry(Struct, frozen=True):
    """An access entry of a cluster."""

    cluster: str
    principal_arn: str
    username: str
    groups: tuple[str, ...]
    type: str


class PodIdentityAssociation(Struct, frozen=True):
    """An association; ``role_arn`` is empty in list answers, which leave the role out."""

    cluster: str
    namespace: str
    service_account: str
    arn: str
    role_arn: str


class InstanceMetadata(Struct, frozen=True):
    """How an EC2 instance serves its metadata; ``hop_limit`` 0 where the answer does not say."""

    instance_id: str
    hop_limit: int
    tokens: str
    endpoint: str
    instance_profile_arn: str
