"""What a user asks."""

from msgspec import Struct


class PodToAws(Struct, frozen=True, tag_field="kind", tag="pod-to-aws"):
    """Does this workload get its AWS role?

    ``target_kind`` is Pod, ServiceAccount or a workload's kind. ``action`` and ``resource`` are what the
    workload wants to do in AWS; empty where only the role is asked for.
    """

    target_kind: str
    namespace: str
    name: str
    container: str = ""
    action: str = ""
    resource: str = ""
    cluster: str = ""
