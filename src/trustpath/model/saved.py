"""What a saved snapshot says of itself."""

from msgspec import Struct


class Header(Struct, frozen=True, rename="camel", tag_field="trustpath", tag="snapshot"):
    """The first line of the file: its form, what wrote it, when, and whose facts these are."""

    version: int
    tool: str
    time: str
    context: str = ""
    server: str = ""
    namespace: str = ""
    cluster_name: str = ""
    caller: str = ""
    redacted: bool = False


class Summary(Struct, frozen=True, rename="camel"):
    """The header, how many objects of each kind and answers of each call, and what was not read, by its command."""

    header: Header
    objects: dict[str, int]
    answers: dict[str, int]
    not_read: dict[str, str]
