"""Mistakes of trust policies that Access Analyzer has no check for (iam-evaluation 5, by row).

They are seen in the document alone: what needs the cluster or the account is a cause, not a mistake.
"""

import re
from collections.abc import Iterator

from trustpath.engine.iam.refusals import BUILT_IN_PROVIDERS
from trustpath.engine.iam.service_reference import action_exists
from trustpath.engine.iam.shared_providers import GITHUB, allows_web_identity
from trustpath.engine.iam.wildcards import compile_pattern
from trustpath.engine.policy_lint.finding import Check, Finding, Operand, Severity, StatementToCheck
from trustpath.model.arn import Arn, OidcProviderArn
from trustpath.model.policy import Path

_PREFIX = "system:serviceaccount:"
_POD_IDENTITY = "pods.eks.amazonaws.com"
_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")


def _finding(code: str, severity: Severity, message: str, path: Path, *, on_key: bool = False) -> Finding:
    return Finding(code, severity, message, path, on_key)


def _issuers(checked: StatementToCheck) -> list[tuple[str, Path]]:
    """Return the issuers of the OIDC providers that the statement names, in lower case."""
    found = []
    for kind, text, path in checked.principals:
        arn = OidcProviderArn.parse(text)
        if kind == "Federated" and (arn or text in BUILT_IN_PROVIDERS):
            found.append((arn.issuer.lower() if arn else text, path))
    return found


def _is_cluster(issuer: str) -> bool:
    return issuer not in BUILT_IN_PROVIDERS and not issuer.startswith(GITHUB) and ("/id/" in issuer or "eks" in issuer)


def _claims(checked: StatementToCheck, claim: str) -> list[Operand]:
    return [operand for operand in checked.operands if operand.key.lower().endswith(f":{claim}")]


def subject_checked(checked: StatementToCheck) -> Iterator[Finding]:
    """Rows 1, 2, 12 and 13: nothing surely compares the subject."""
    if not checked.allows or not allows_web_identity(checked.statement):
        return
    issuers = [(issuer, path) for issuer, path in _issuers(checked) if _is_cluster(issuer)]
    subjects = _claims(checked, "sub")
    if not issuers:
        return
    firm = [
        operand
        for operand in subjects
        if operand.operator and operand.operator.family == "String" and not operand.operator.negated
    ]
    if not subjects:
        message = "every service account of the cluster may assume this role: no condition compares the subject"
        yield _finding("trust-every-service-account", "security-warning", message, issuers[0][1])
    elif not firm:
        message = "every subject but the listed ones may assume this role: the subject is only compared by negation"
        yield _finding("trust-subject-only-excluded", "security-warning", message, subjects[0].path, on_key=True)
    for operand in firm:
        if operand.operator and operand.operator.if_exists:
            message = "with IfExists the comparison holds where the key is absent; compare the subject without it"
            yield _finding("trust-subject-if-exists", "security-warning", message, operand.path, on_key=True)
    if subjects and not _claims(checked, "aud"):
        message = "compare the audience too: any token of the subject is taken, whatever it was issued for"
        yield _finding("trust-audience-not-checked", "suggestion", message, subjects[0].path, on_key=True)


def subject_values(checked: StatementToCheck) -> Iterator[Finding]:
    """Rows 4 to 7, 35, 37 and 68: each value of a subject on its own."""
    issuers = [issuer for issuer, _ in _issuers(checked)]
    if not any(_is_cluster(issuer) for issuer in issuers):
        return
    for operand in _claims(checked, "sub"):
        operator = operand.operator
        if operator is None or operator.family != "String" or operator.negated:
            continue
        for text, path in operand.texts():
            if "${" in text:
                continue
            if operator.like and checked.allows and (problem := _too_wide(text)):
                yield _finding(problem[0], "security-warning", problem[1], path)
            elif not _is_subject(text, like=operator.like):
                message = f"no token has this subject: {_PREFIX}<namespace>:<service account> is expected"
                yield _finding("trust-subject-malformed", "error", message, path)


def _too_wide(text: str) -> tuple[str, str] | None:
    if text.startswith(_PREFIX):
        namespace, colon, name = text.removeprefix(_PREFIX).partition(":")
        if not colon and "*" in namespace:
            if namespace == "*":
                return "trust-every-service-account", "every service account of the cluster fits"
            return (
                "trust-subject-open-namespace",
                f"the star runs over the colon: all namespaces that start with `{namespace.partition('*')[0]}` fit",
            )
        if namespace == "*" and name == "*":
            return "trust-every-service-account", "every service account of the cluster fits"
        if "*" in namespace or "?" in namespace:
            return "trust-subject-open-namespace", f"whoever can create a namespace can create `{name}` in it"
        return None
    plain = text.replace("*", "").replace("?", "")
    if ("*" in text or "?" in text) and (not plain or _PREFIX.startswith(text.partition("*")[0])):
        return "trust-every-service-account", "every service account of the cluster fits"
    return None


def _is_subject(text: str, *, like: bool) -> bool:
    if like and ("*" in text or "?" in text):
        return True
    namespace, colon, name = text.removeprefix(_PREFIX).partition(":")
    return text.startswith(_PREFIX) and bool(colon) and bool(_NAME.fullmatch(namespace) and _NAME.fullmatch(name))


def keys(checked: StatementToCheck) -> Iterator[Finding]:
    """Rows 10, 11, 14, 17 to 22, 42, 44 and 45: keys that no token of the provider carries."""
    issuers = [issuer for issuer, _ in _issuers(checked)]
    if not issuers:
        return
    of_claims = {
        operand.key.lower().rpartition(":")[0]
        for operand in checked.operands
        if operand.key.lower().rpartition(":")[2] in ("sub", "aud") and "." in operand.key
    }
    for operand in checked.operands:
        key = operand.key.lower()
        prefix, _, claim = key.rpartition(":")
        if key.startswith(("aws:", "sts:", "iam:")) or not prefix:
            continue
        if prefix in issuers:
            if claim in ("iss", "exp", "iat", "nbf", "jti") or "kubernetes.io" in claim:
                message = f"`{claim}` is no condition key: only sub, aud, oaud, amr and email of a token are"
                yield _finding("trust-claim-is-no-key", "error", message, operand.path, on_key=True)
            continue
        problem = _strange_key(prefix, issuers, operand, deny=not checked.allows, several=len(of_claims) > 1)
        if problem:
            yield _finding(problem[0], "error", problem[1], operand.path, on_key=True)


def _strange_key(
    prefix: str, issuers: list[str], operand: Operand, *, deny: bool, several: bool
) -> tuple[str, str] | None:
    own = issuers[0]
    if "://" in prefix:
        return "trust-key-with-scheme", f"a key has no scheme: {own}:sub"
    if prefix.startswith("arn:"):
        return "trust-key-is-arn", f"a key starts with the issuer, not with an ARN: {own}:sub"
    if prefix.endswith("/"):
        return "trust-key-trailing-slash", f"the key has a slash too many: {own}:sub"
    if re.search(r"[${<>]", operand.key) or "." not in prefix:
        return "trust-placeholder-left", f"the key's issuer looks like a placeholder that was not filled: {own}:sub"
    if any(prefix in issuer for issuer in issuers):
        return "trust-key-of-another-issuer", f"the key's issuer is cut short: {own}:sub"
    if deny:
        effect = "always applies" if operand.operator and operand.operator.negated else "never applies"
        return "trust-deny-of-another-issuer", f"tokens of {own} do not carry this key, so that the Deny {effect}"
    if several:
        return "trust-keys-of-two-issuers", "no token carries the keys of two issuers: use a statement for each"
    return "trust-key-of-another-issuer", f"tokens of {own} do not carry this key"


_NEVER_THERE = (
    "aws:principalarn",
    "aws:username",
    "aws:multifactorauthpresent",
    "sts:externalid",
    "aws:principalorgid",
)


def absent_keys(checked: StatementToCheck) -> Iterator[Finding]:
    """Rows 39 to 41 and 43: keys that a web identity call does not carry, or that the network decides."""
    if not _issuers(checked) or not allows_web_identity(checked.statement):
        return
    for operand in checked.operands:
        key = operand.key.lower()
        if key in _NEVER_THERE or key.startswith("aws:principaltag/"):
            message = f"a web identity call does not carry {operand.key}"
            yield _finding(
                "trust-key-never-there", "error" if checked.allows else "warning", message, operand.path, on_key=True
            )
        elif key in ("aws:sourceip", "aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip"):
            message = "whether this holds depends on the network path to STS: NAT address, endpoint or Internet"
            yield _finding("trust-depends-on-network", "warning", message, operand.path, on_key=True)
        for text, path in operand.texts():
            if "${" in text and key.endswith((":sub", ":aud")) and re.search(r"\$\{\s*aws:(username|principal)", text):
                message = "the variable has no value here: the caller has no IAM identity yet"
                yield _finding("trust-variable-without-value", "error", message, path)


def audience(checked: StatementToCheck) -> Iterator[Finding]:
    """Row 34: an audience that clusters do not ask for."""
    for operand in _claims(checked, "aud"):
        prefix = operand.key.lower().rpartition(":")[0]
        if operand.operator is None or operand.operator.negated or not _is_cluster(prefix):
            continue
        for text, path in operand.texts():
            if text != "sts.amazonaws.com" and "*" not in text and "amazonaws.com" in text:
                message = "pods ask for sts.amazonaws.com unless the service account says otherwise"
                yield _finding("trust-audience-unusual", "warning", message, path)
            elif text.startswith(_PREFIX):
                yield _finding("trust-aud-sub-swapped", "error", "this is a subject, not an audience", path)


def twice(checked: StatementToCheck) -> Iterator[Finding]:
    """Row 15: one key under two operators whose values do not meet."""
    exact: dict[str, set[str]] = {}
    for operand in checked.operands:
        if operand.operator and operand.operator.name == "StringEquals":
            exact[operand.key.lower()] = {text for text, _ in operand.texts()}
    for operand in checked.operands:
        if operand.operator and operand.operator.name == "StringLike" and operand.key.lower() in exact:
            patterns = [compile_pattern(text) for text, _ in operand.texts()]
            if not any(pattern.matches(text) for pattern in patterns for text in exact[operand.key.lower()]):
                message = "both operators have to hold, and no value meets both: nobody gets in"
                yield _finding("trust-conditions-never-meet", "error", message, operand.path)


def principals(checked: StatementToCheck) -> Iterator[Finding]:
    """Rows 28, 29, 48, 55, 67."""
    for kind, text, path in checked.principals:
        arn = Arn.parse(text)
        if kind == "AWS" and OidcProviderArn.parse(text):
            message = "a provider belongs under Federated; under AWS it names nobody"
            yield _finding("trust-provider-under-aws", "error", message, path)
        elif kind == "AWS" and text == "*" and _only_web_identity(checked):
            message = "a star under AWS does not cover a web identity"
            yield _finding("trust-star-not-for-web-identity", "error", message, path)
        elif (
            kind == "AWS"
            and arn
            and arn.resource.startswith("assumed-role/")
            and ("*" in text or arn.resource.count("/") > 2)
        ):
            message = "a session is named as assumed-role/<role name>/<session name>: no path, no star"
            yield _finding("trust-session-malformed", "error", message, path)
        elif kind == "Service" and text in ("eks.amazonaws.com", "pod.eks.amazonaws.com", "pods.amazonaws.com"):
            if _tags(checked):
                message = f"EKS Pod Identity assumes roles as {_POD_IDENTITY}"
                yield _finding("trust-pod-identity-wrong-service", "warning", message, path)
        elif kind == "Federated" and text.endswith("oidc-provider/tokens.actions.githubusercontent.com"):
            message = f"GitHub's issuer is {GITHUB}"
            yield _finding("trust-github-host-misspelt", "error", message, path)


def _only_web_identity(checked: StatementToCheck) -> bool:
    return {text.lower() for text, _ in checked.entries("Action")} == {"sts:assumerolewithwebidentity"}


def _tags(checked: StatementToCheck) -> bool:
    return any(text.lower() == "sts:tagsession" for text, _ in checked.entries("Action"))


def pod_identity(checked: StatementToCheck) -> Iterator[Finding]:
    """Rows 47, 50 and 52."""
    named = [path for kind, text, path in checked.principals if kind == "Service" and text == _POD_IDENTITY]
    if not named or not checked.allows:
        return
    actions = {text.lower() for text, _ in checked.entries("Action")}
    if "sts:assumerole" in actions and not actions & {"sts:tagsession", "sts:*", "*"}:
        message = "EKS Pod Identity passes session tags: without sts:TagSession the call fails, unless tags are off"
        yield _finding("trust-pod-identity-without-tag-session", "error", message, named[0])
    for operand in checked.operands:
        key = operand.key.lower()
        if key.startswith("aws:principaltag/"):
            message = "in a trust policy the tags of the call are aws:RequestTag/…"
            yield _finding("trust-pod-identity-principal-tag", "error", message, operand.path, on_key=True)
        elif key.endswith((":sub", ":aud")) and "." in key:
            message = "a service does not present a token: this key is never there"
            yield _finding("trust-pod-identity-with-token-key", "error", message, operand.path, on_key=True)


def external_id(checked: StatementToCheck) -> Iterator[Finding]:
    """Row 58."""
    for operand in checked.operands:
        if (
            operand.key.lower() == "sts:externalid"
            and operand.operator
            and operand.operator.if_exists
            and checked.allows
        ):
            message = "with IfExists a call without an external id is let in"
            yield _finding("trust-external-id-if-exists", "security-warning", message, operand.path, on_key=True)


def github(checked: StatementToCheck) -> Iterator[Finding]:
    """Rows 61 and 62."""
    for operand in _claims(checked, "sub"):
        if not operand.key.lower().startswith(GITHUB) or not operand.operator or not operand.operator.like:
            continue
        for text, path in operand.texts() if checked.allows else ():
            if (problem := _open_repository(text)) is not None:
                yield _finding(problem[0], "security-warning", problem[1], path)


def _open_repository(text: str) -> tuple[str, str] | None:
    if not re.sub(r"[*?]", "", text) and text:
        return "trust-github-everyone", "everybody on GitHub fits"
    if not text.startswith("repo:"):
        return None
    owner, _, repository = text.removeprefix("repo:").partition("/")
    if re.match(r"\??\*", owner):
        return "trust-github-everyone", "everybody on GitHub fits"
    if "*" in owner or "?" in owner:
        return "trust-github-owner-open", "other owners fit too: write the owner in full, and a slash"
    if re.fullmatch(r"[^:*]+\*", repository):
        return "trust-github-repository-open", "other repositories fit too: write the repository in full, and a colon"
    return None


def actions(checked: StatementToCheck) -> Iterator[Finding]:
    """Row 70, and actions of resource control policies that do not exist."""
    for text, path in checked.entries("Action"):
        service, _, name = text.partition(":")
        if checked.kind == "trust" and checked.allows and text.lower() in ("sts:*", "sts:assumerole*"):
            message = "name the one action that is needed"
            yield _finding("trust-actions-too-wide", "warning", message, path)
        if checked.kind == "rcp" and name and not re.search(r"[*?]", name) and not action_exists(service, name):
            yield _finding("action-not-found", "warning", f"no action {text} is known", path)


TRUST_MISTAKES: tuple[Check, ...] = (
    subject_checked,
    subject_values,
    keys,
    absent_keys,
    audience,
    twice,
    principals,
    pod_identity,
    external_id,
    github,
)
