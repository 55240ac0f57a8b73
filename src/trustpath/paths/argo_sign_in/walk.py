"""What the links of a sign-in to Argo have found so far."""

from dataclasses import dataclass, field
from functools import cached_property

from trustpath.engine.argo.expression import Claims, Value
from trustpath.engine.argo.go_pattern import PatternError, search
from trustpath.engine.messages.symptom import Symptom
from trustpath.model.answers import Located
from trustpath.model.argo import Installation
from trustpath.model.argo_settings import Sso
from trustpath.model.kubernetes import ServiceAccount
from trustpath.model.question import ArgoSignIn
from trustpath.model.snapshot import Snapshot
from trustpath.model.source import Source
from trustpath.paths.links import MESSAGE, LinkResult, Sentences

ISSUER = "argo-server"
"""The issuer of the server's own session token: rules see it, and not the provider's."""
_COPIED = ("email", "name", "service_account_name", "service_account_namespace", "preferred_username", "sub")


@dataclass
class Walk:
    """What the links have found so far. ``chosen`` is the account that the person acts as.

    ``failed`` is the first rule that could not be evaluated, and why; ``unknown_name`` a name in it that the person's
    token has no claim for.
    """

    snapshot: Snapshot
    question: ArgoSignIn
    installation: Installation
    results: dict[str, LinkResult] = field(default_factory=dict)
    behind: dict[str, LinkResult] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    symptom: Symptom | None = None
    symptom_place: Source = field(default_factory=lambda: Source.of_line(MESSAGE, 1))
    chosen: Located[ServiceAccount] | None = None
    candidates: tuple[Located[ServiceAccount], ...] = ()
    failed: Located[ServiceAccount] | None = None
    problem: str = ""
    unknown_name: str = ""

    def result(self, link: str) -> LinkResult:
        """Return what a link found, also when the sign-in never got there."""
        return self.behind.get(link) or self.results[link]

    @property
    def sso(self) -> Sso | None:
        """Return the settings of SSO, None where there are none or they were not read."""
        settings = self.installation.settings
        return settings.sso if settings else None

    @cached_property
    def namespace(self) -> str:
        """Return the namespace whose accounts are looked at: the managed one, else the server's own (S3)."""
        server = self.installation.server
        return (server.watched if server else "") or self.installation.namespace

    @cached_property
    def claims(self) -> Claims:
        """Return what rules see: the claims of the server's session token, which leaves out those that are empty."""
        given = self.question.claims
        found: Claims = {"iss": ISSUER}
        for name in _COPIED:
            value = given.get(name)
            if isinstance(value, str) and value:
                found[name] = value
        expiry = given.get("exp")
        found["exp"] = expiry if isinstance(expiry, int | float) else 0
        groups = self._groups()
        if groups:
            found["groups"] = groups
        return found

    def _groups(self) -> list[Value]:
        sso = self.sso or Sso()
        given = self.question.claims.get(sso.custom_group_claim_name or "groups")
        groups = given if isinstance(given, list) else []
        for patterns in [sso.filter_groups_regex] if sso.filter_groups_regex else []:
            groups = [group for group in groups if any(_matches(pattern, group) for pattern in patterns)]
        return list(groups)

    @property
    def who(self) -> str:
        """Return the person, as people name one."""
        for name in ("email", "preferred_username", "name", "sub"):
            value = self.question.claims.get(name)
            if isinstance(value, str) and value:
                return value
        return "this person"

    @property
    def sentences(self) -> Sentences:
        """Return how to say the verdict."""
        acts = "as the server's own account"
        if self.chosen is not None:
            metadata = self.chosen.value.metadata
            acts = f"as service account {metadata.namespace or 'default'}/{metadata.name}"
        where = f"the Argo server of {self.installation.namespace}"
        return Sentences(
            f"{self.who} acts {acts} on {where}",
            f"{self.who} is not let in by {where}",
            f"{self.who} is probably not let in by {where}",
            f"whether {where} lets {self.who} in",
        )

    @property
    def log_subject(self) -> str:
        """Return the name of the server, under which its log is saved."""
        return self.installation.server.name if self.installation.server else ""

    @property
    def http_status(self) -> int:
        """Return no status: it is Argo that refuses, not the API server."""
        return 0


def _matches(pattern: str, group: str) -> bool:
    try:
        return search(pattern, group)
    except PatternError:
        return True  # the server does not start with it, and then nobody signs in
