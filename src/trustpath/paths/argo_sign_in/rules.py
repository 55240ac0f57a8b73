"""The second link: the rules of service accounts choose one of them (S2 to S7)."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from shlex import quote

from trustpath.engine.argo.expression import NotEvaluatedError, RuleError, evaluate
from trustpath.model.answers import Located
from trustpath.model.argo import Component
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
    unread = _unread(walk, walk.namespace)
    if unread is not None:
        return unread
    result = _choose(walk, walk.namespace)
    if result.state == "unknown" or server is None or not _delegates(walk, server):
        return result
    return _delegated(walk, server, result)


def _unread(walk: Walk, namespace: str) -> LinkResult | None:
    """Return the link where the service accounts of a namespace were not read, None where they were."""
    fact = walk.snapshot.kubernetes.objects_in("ServiceAccount", namespace)
    if isinstance(fact, Known) or (isinstance(fact, Absent) and not fact.implied):
        return None
    wanted = (
        Need(
            f"the service accounts of {namespace}",
            f"kubectl get serviceaccounts -n {quote(namespace)} -o yaml > accounts.yaml",
        )
        if isinstance(fact, Absent)
        else need(fact)
    )
    return unknown(f"the service accounts of {namespace} were not read", wanted)


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
        return _not_evaluated(open_ones[0])
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


def _delegates(walk: Walk, server: Component) -> bool:
    """Return whether the server lets the looked-at namespace have rules of its own (S7)."""
    flag = server.variables.get("SSO_DELEGATE_RBAC_TO_NAMESPACE")
    is_on = flag is not None and flag.value == "true" and not server.namespaced
    return is_on and walk.question.workflows_in not in ("", walk.namespace)


def _delegated(walk: Walk, server: Component, result: LinkResult) -> LinkResult:
    """Return the link with the rules of the looked-at namespace: one that outranks the login's is taken (S7).

    Without a login's only later versions look at them.
    """
    login = walk.chosen
    if login is None and server.version is not None and server.version < DELEGATION_WITHOUT_LOGIN:
        return result
    walk.chosen = None
    unread = _unread(walk, walk.question.workflows_in)
    if unread is not None:
        return unread
    for item in rules_in(walk, walk.question.workflows_in):
        if login is not None and precedence(item.value) <= precedence(login.value):
            break
        try:
            holds = evaluate(item.value.metadata.annotation(RULE), walk.claims)
        except RuleError:
            break  # here the server only logs it
        except NotEvaluatedError:
            return _not_evaluated(item)
        if holds and login is None and server.version is None:
            return unknown(
                f"the rule of {_shown(item)} holds, and whether it counts depends on the server's version",
                Need("the server's version, which its image does not tell"),
                evidence=[_at_rule(item, "counts from 4.0 on")],
            )
        if holds:
            walk.chosen = item
            return ok(
                f"the rule of {_shown(item)} holds, to which the server delegates", _at_rule(item, "this rule holds")
            )
    walk.chosen = login
    return result


def _not_evaluated(item: Located[ServiceAccount]) -> LinkResult:
    return unknown(
        f"the rule of {_shown(item)} is not evaluated here",
        Need("what this rule gives: the server's log has a line for each sign-in"),
        evidence=[_at_rule(item, "not evaluated")],
    )


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
