"""The second link: the rules of service accounts choose one of them (S2 to S7)."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from shlex import quote

from trustpath.engine.argo.expression import NotEvaluatedError, RuleError, evaluate
from trustpath.model.answers import Located
from trustpath.model.fact import Absent, Known
from trustpath.model.kubernetes import ServiceAccount
from trustpath.model.trace import Need
from trustpath.paths.argo_sign_in.walk import Walk
from trustpath.paths.links import Finding, LinkResult, broken, need, ok, unknown

RULE = "workflows.argoproj.io/rbac-rule"
PRECEDENCE = "workflows.argoproj.io/rbac-rule-precedence"
CLAIMS = frozenset({"email", "groups", "name", "preferred_username"})
"""What a rule may ask for, and a provider may leave out."""
DELEGATION_WITHOUT_LOGIN = (4, 0, 0)


def precedence(account: ServiceAccount) -> int:
    """Return an account's precedence: what is no integer counts as 0 (S4)."""
    text = account.metadata.annotation(PRECEDENCE)
    try:
        return int(text) if text.isascii() and "_" not in text and text == text.strip() else 0
    except ValueError:
        return 0


def rules_in(walk: Walk, namespace: str) -> list[Located[ServiceAccount]]:
    """Return the accounts of a namespace that have a rule, the highest precedence first."""
    found = [
        item
        for item in walk.snapshot.kubernetes.service_accounts_in(namespace)
        if RULE in (item.value.metadata.annotations or {})
    ]
    return sorted(found, key=lambda item: -precedence(item.value))


def follow(walk: Walk) -> LinkResult:
    """Return what this link found."""
    settings, server = walk.installation.settings, walk.installation.server
    if settings is None or settings.sso is None:
        return unknown("the settings of SSO were not read")
    if not settings.sso.rbac.enabled:
        account = server.account if server else "the server's account"
        return ok(
            f"sso.rbac is off: everybody who signs in acts as {account}",
            *_config(walk, "everybody acts as the server"),
        )
    fact = walk.snapshot.kubernetes.objects_in("ServiceAccount", walk.namespace)
    if not isinstance(fact, Known | Absent) or (isinstance(fact, Absent) and fact.implied):
        missing = fact if not isinstance(fact, Known | Absent) else None
        where = quote(walk.namespace)
        wanted = (
            need(missing)
            if missing
            else Need(
                f"the service accounts of {walk.namespace}",
                f"kubectl get serviceaccounts -n {where} -o yaml > accounts.yaml",
            )
        )
        return unknown(f"the service accounts of {walk.namespace} were not read", wanted)
    result = _choose(walk, walk.namespace)
    delegated = _delegated(walk)
    if delegated is not None and result.state != "unknown":
        version = server.version if server else None
        own = precedence(walk.chosen.value) if walk.chosen else None
        outranks = own is not None and precedence(delegated.value) > own
        if outranks or (own is None and version is not None and version >= DELEGATION_WITHOUT_LOGIN):
            walk.chosen = delegated
            return ok(
                f"the rule of {_shown(delegated)} holds, to which the server delegates",
                _at_rule(delegated, "this rule holds"),
            )
    return result


def _choose(walk: Walk, namespace: str) -> LinkResult:
    rules = rules_in(walk, namespace)
    if not rules:
        return broken(
            f"no service account of {namespace} has the annotation {RULE}",
            *_config(walk, "rules are on"),
            expected="a service account with a rule that holds",
            got="no rule",
        )
    walk.candidates = tuple(rules)
    for _, group in groupby(rules, key=lambda item: precedence(item.value)):
        result = _of_equals(walk, list(group))
        if result is not None:
            return result
    return broken(
        f"no rule of the service accounts in {namespace} holds for {walk.who}",
        *(_at_rule(item, "does not hold") for item in rules[:3]),
        expected="a rule that holds",
        got=_shown_claims(walk),
    )


def _of_equals(walk: Walk, accounts: list[Located[ServiceAccount]]) -> LinkResult | None:
    """Return what accounts of one precedence come to, None where none of their rules holds.

    The server takes them in any order (S4), so that where one fails and another holds nobody knows.
    """
    holding: list[Located[ServiceAccount]] = []
    failing: list[tuple[Located[ServiceAccount], RuleError]] = []
    open_ones: list[Located[ServiceAccount]] = []
    for item in accounts:
        try:
            if evaluate(item.value.metadata.annotation(RULE), walk.claims):
                holding.append(item)
        except RuleError as error:
            failing.append((item, error))
        except NotEvaluatedError:
            open_ones.append(item)
    if open_ones:
        return unknown(
            f"the rule of {_shown(open_ones[0])} is not evaluated here",
            Need("what this rule gives: the server's log has a line for each sign-in"),
            evidence=[_at_rule(open_ones[0], "not evaluated")],
        )
    if failing:
        walk.failed, failure = failing[0]
        walk.problem, walk.unknown_name = failure.problem, failure.name
    if failing and holding:
        return unknown(
            f"{_shown(failing[0][0])} and {_shown(holding[0])} have the same precedence, and one of the rules fails",
            Need("which of them the server takes first: that changes from time to time"),
            evidence=[_at_rule(failing[0][0], failing[0][1].problem), _at_rule(holding[0], "this rule holds")],
        )
    if failing:
        return broken(
            f"the rule of {_shown(failing[0][0])} fails: {failing[0][1].problem}",
            _at_rule(failing[0][0], failing[0][1].problem),
            expected="true or false",
            got="an error",
        )
    if not holding:
        return None
    walk.chosen = holding[0]
    others = f" (or {', '.join(map(_shown, holding[1:]))}, of the same precedence)" if len(holding) > 1 else ""
    return ok(f"the rule of {_shown(holding[0])} holds{others}", _at_rule(holding[0], "this rule holds"))


def _delegated(walk: Walk) -> Located[ServiceAccount] | None:
    """Return the account of the looked-at namespace whose rule holds, where the server delegates to it (S7)."""
    server, namespace = walk.installation.server, walk.question.workflows_in
    if server is None or server.namespaced or namespace in ("", walk.namespace):
        return None
    flag = server.variables.get("SSO_DELEGATE_RBAC_TO_NAMESPACE")
    if flag is None or flag.value != "true":
        return None
    for item in rules_in(walk, namespace):
        try:
            if evaluate(item.value.metadata.annotation(RULE), walk.claims):
                return item
        except (RuleError, NotEvaluatedError):
            return None  # here the server only logs it
    return None


def _shown(item: Located[ServiceAccount]) -> str:
    return f"{item.value.metadata.namespace or 'default'}/{item.value.metadata.name}"


def _at_rule(item: Located[ServiceAccount], label: str) -> Finding:
    return Finding(item.source.at("metadata", "annotations", RULE), item.value.metadata.annotation(RULE), label)


def _config(walk: Walk, label: str) -> Iterable[Finding]:
    config, settings = walk.installation.config, walk.installation.settings
    if isinstance(config, Located) and settings is not None:
        yield Finding(config.source.at(*settings.place("sso")), "sso", label, key=True)


def _shown_claims(walk: Walk) -> str:
    groups = walk.claims.get("groups")
    names = ", ".join(str(group) for group in groups) if isinstance(groups, list) else ""
    return f"groups {names}" if names else "no groups in the token"


def shown_rules(walk: Walk) -> Iterator[Finding]:
    """Yield every rule that was tried."""
    return (_at_rule(item, "does not hold") for item in walk.candidates)
