"""Whom the ``aws-auth`` ConfigMap makes of a caller (M5 to M13)."""

import re
from collections.abc import Iterable

from msgspec import Struct

from trustpath.engine.eks.canonical_arn import CanonicalArn
from trustpath.engine.go_strings import quote
from trustpath.model.aws_auth import AwsAuth, Mapping

_INSTANCE_ID = re.compile(r"i-(\w{8}|\w{17})", re.ASCII)
_PRIVATE_DNS_NAME = "{{EC2PrivateDNSName}}"


class Caller(Struct, frozen=True):
    """A verified caller. ``private_dns_name`` is the one of its EC2 instance, None where there is none.

    What is not known of a caller may be its own placeholder, and then stays one in the user's name.
    ``session_known`` is false where the session's name is such a placeholder.
    """

    arn: CanonicalArn
    session_name: str
    access_key_id: str = ""
    private_dns_name: str | None = None
    session_known: bool = True


class Mapped(Struct, frozen=True):
    """The user that the caller becomes. ``mapping`` is None for an account in ``mapAccounts`` (M9)."""

    username: str
    groups: tuple[str, ...]
    mapping: Mapping | None


class NotMapped(Struct, frozen=True):
    """No entry for the caller: 401 (M10)."""


class TemplateFailed(Struct, frozen=True):
    """The entry has a placeholder that cannot be filled for this caller: 401 (M12)."""

    mapping: Mapping
    error: str


Result = Mapped | NotMapped | TemplateFailed


class AwsAuthMapper:
    """The ConfigMap, indexed by the ARNs that it names."""

    def __init__(self, config: AwsAuth) -> None:
        # M5, M6: case does not matter, and the last of several entries for one ARN counts.
        self._roles = _by_arn(config.roles)
        self._users = _by_arn(config.users)
        self._accounts = frozenset(config.accounts)

    def map(self, caller: Caller) -> Result:
        """Return whom the caller becomes: roles are looked up first, then users, then accounts (M8)."""
        arn = caller.arn.arn.lower()
        mapping = self._roles.get(arn) or self._users.get(arn)
        if mapping is None:
            allowed = caller.arn.account in self._accounts
            return Mapped(caller.arn.arn, (), None) if allowed else NotMapped()
        try:
            username = render("username", mapping.username, caller)
            groups = tuple(render("group", group, caller) for group in mapping.groups)
        except TemplateError as error:
            return TemplateFailed(mapping, str(error))
        return Mapped(username, groups, mapping)


def _by_arn(mappings: Iterable[Mapping]) -> dict[str, Mapping]:
    return {mapping.arn.lower(): mapping for mapping in mappings}


class TemplateError(Exception):
    """A placeholder cannot be filled for this caller, in the authenticator's words."""


def render(what: str, template: str, caller: Caller) -> str:
    """Fill the placeholders one after another, as the authenticator does; unknown ones stay (M12).

    ``what`` is username or group, for the message. Raises TemplateError.
    """
    text = template
    if _PRIVATE_DNS_NAME in text:
        problem = ""
        if caller.session_known and not _INSTANCE_ID.fullmatch(caller.session_name):
            problem = "SessionName did not contain an instance id"
        elif caller.private_dns_name is None:
            problem = f"failed to find node {caller.session_name}"
        if problem:
            raise TemplateError(f"error rendering {what} template {quote(template)}: {problem}")
        text = text.replace(_PRIVATE_DNS_NAME, caller.private_dns_name or "")
    text = text.replace("{{AccountID}}", caller.arn.account)
    text = text.replace("{{SessionName}}", caller.session_name.replace("@", "-"))
    text = text.replace("{{SessionNameRaw}}", caller.session_name)
    return text.replace("{{AccessKeyID}}", caller.access_key_id)
