"""The answer to "who can do this": holders, and what could not be told."""

from msgspec import Struct

from trustpath.model.question import AskedRequest

SCHEMA_VERSION = "trustpath.dev/who-can/v1"


class Holder(Struct, frozen=True, rename="camel"):
    """Somebody who may, and the way there. ``binding`` is empty for what the API server allows before RBAC.

    ``namespace`` is the subject's, for service accounts. ``file`` is where the binding stands.
    """

    kind: str
    name: str
    namespace: str
    binding: str
    role: str
    rule: int | None
    file: str


class Missing(Struct, frozen=True, rename="camel"):
    """What was not read and may hold more, and the command that collects it."""

    what: str
    command: str


class WhoCan(Struct, frozen=True, rename="camel"):
    """Everybody who may, as far as the facts tell. Nothing in ``missing``: these are all that RBAC knows."""

    schema_version: str
    request: AskedRequest
    holders: tuple[Holder, ...]
    missing: tuple[Missing, ...]
