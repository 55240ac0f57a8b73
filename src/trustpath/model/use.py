"""What somebody did towards the API server."""

from msgspec import Struct

MOST_NAMES = 8
"""More names than these are no list that somebody keeps."""


class Use(Struct, frozen=True):
    """One thing that was done: a verb on a resource, `pods/log` with its subresource, or on a path.

    ``names`` are those of the objects, empty for too many or for none; an empty namespace is the cluster, or all.
    """

    verb: str
    group: str = ""
    resource: str = ""
    namespace: str = ""
    names: frozenset[str] = frozenset()
    path: str = ""
