"""The answer to "who am I to the cluster"."""

from typing import Literal

from msgspec import Struct

from trustpath.model.who_can import Missing

SCHEMA_VERSION = "trustpath.dev/whoami/v1"


class WhoAmI(Struct, frozen=True, rename="camel"):
    """The user that the cluster makes of an IAM principal.

    ``outcome`` is known, refused (401), or unknown where facts are missing, which ``missing`` names. ``way`` says
    what makes the principal that user. A placeholder in double braces stands for what the ARN does not say.
    """

    schema_version: str
    principal: str
    outcome: Literal["known", "refused", "unknown"]
    username: str
    groups: tuple[str, ...]
    access_policies: tuple[str, ...]
    way: str
    missing: tuple[Missing, ...]
