"""RBAC objects that were written for somebody, with the reason of each rule."""

from msgspec import Struct

from trustpath.model.rbac import PolicyRule

SCHEMA_VERSION = "trustpath.dev/generated-rbac/v1"


class WrittenRule(Struct, frozen=True, rename="camel"):
    """A rule and what it is for."""

    rule: PolicyRule
    why: str


class WrittenRole(Struct, frozen=True, rename="camel"):
    """A Role, or without a namespace a ClusterRole, and its binding to the subject."""

    name: str
    namespace: str
    rules: tuple[WrittenRule, ...]


class Subject(Struct, frozen=True, rename="camel"):
    """Who gets the rights: a service account, or a user; ``is_new`` where the account has to be made.

    ``role_arn`` is the IAM role that its annotation is to name.
    """

    kind: str
    name: str
    namespace: str = ""
    is_new: bool = False
    token_secret: str = ""
    role_arn: str = ""


class Lacking(Struct, frozen=True, rename="camel"):
    """What a subject has too little or too much, against the need: one line each."""

    missing: tuple[str, ...] = ()
    surplus: tuple[str, ...] = ()


class GeneratedRbac(Struct, frozen=True, rename="camel"):
    """Everything for one subject.

    ``allowed`` counts the requests that were asked of the engine and are allowed by these objects alone. ``notes`` say
    what no rule can, ``usage`` how to run with them, ``widened`` for what every name is allowed as those asked for
    change, or are many.
    """

    schema_version: str
    subject: Subject
    roles: tuple[WrittenRole, ...]
    allowed: int
    notes: tuple[str, ...] = ()
    usage: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    widened: tuple[str, ...] = ()
    check: Lacking | None = None
