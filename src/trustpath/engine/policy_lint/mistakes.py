"""Mistakes of trust policies that Access Analyzer has no check for (iam-evaluation 5, by row).

They are seen in the document alone: what needs the cluster or the account is a cause, not a mistake.
"""

import re
from collections.abc import Iterator, Sequence

from trustpath.engine.iam.service_reference import action_exists
from trustpath.engine.iam.shared_providers import BUILT_IN_PROVIDERS, CLAIMS, GITHUB, allows_web_identity
from trustpath.engine.iam.wildcards import compile_pattern, has_wildcard
from trustpath.engine.policy_lint.finding import Check, Finding, Operand, StatementToCheck
from trustpath.engine.sts import NEVER_IN_A_WEB_IDENTITY_CALL
from trustpath.model.arn import Arn, OidcProviderArn
from trustpath.model.lint import Severity
from trustpath.model.policy import Path

_PREFIX = "system:serviceaccount:"
_POD_IDENTITY = "pods.eks.amazonaws.com"
_AUDIENCE = "sts.amazonaws.com"
_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")
_EKS_ISSUER = re.compile(r"oidc\.eks(-fips)?\.[a-z0-9-]+\.[a-z0-9.]+/id/[^/]+", re.IGNORECASE)
# Names that no policy has: what fits them fits everybody's.
_ELSEWHERE = "zz-another-namespace"
_OTHER = "zz-another-account"


def _finding(code: str, severity: Severity, message: str, path: Path, *, on_key: bool = False) -> Finding:
    return Finding(code, severity, message, path, on_key)


def _issuers(checked: StatementToCheck) -> list[tuple[str, Path]]:
    """Return the issuers of the OIDC providers that the statement names, as its keys have to write them."""
    found = []
    for kind, text, path in checked.principals:
        arn = OidcProviderArn.parse(text)
        if kind == "Federated" and (arn or text in BUILT_IN_PROVIDERS):
            issuer = arn.issuer if arn else text
            found.append((re.sub(r"^[a-z]+://", "", issuer).rstrip("/"), path))
    return found


def _is_private(issuer: str) -> bool:
    return issuer not in BUILT_IN_PROVIDERS and issuer not in CLAIMS and not issuer.startswith(GITHUB)


def _is_cluster(issuer: str, checked: StatementToCheck) -> bool:
    """Return whether an issuer is a Kubernetes cluster's: EKS's by its form, others by what they are asked for."""
    if _EKS_ISSUER.fullmatch(issuer):
        return True
    asked = [text for claim in ("sub", "aud") for operand in _claims(checked, claim) for text, _ in operand.texts()]
    return _is_private(issuer) and any(text.startswith(_PREFIX) or text == _AUDIENCE for text in asked)


def _claims(checked: StatementToCheck, claim: str) -> list[Operand]:
    return [operand for operand in checked.operands if operand.key.lower().endswith(f":{claim}")]


def subject_checked(checked: StatementToCheck) -> Iterator[Finding]:
    """Rows 1, 2, 12 and 13: nothing surely compares the subject."""
    if not checked.allows or not allows_web_identity(checked.statement):
        return
    issuers = [(issuer, path) for issuer, path in _issuers(checked) if _is_private(issuer)]
    if not issuers:
        return
    cluster = any(_is_cluster(issuer, checked) for issuer, _ in issuers)
    subjects = _claims(checked, "sub")
    everybody = "every service account of the cluster" if cluster else f"everybody with a token of {issuers[0][0]}"
    code = "trust-every-service-account" if cluster else "trust-every-subject"
    firm = [
        operand
        for operand in subjects
        if operand.operator and operand.operator.family == "String" and not operand.operator.negated
    ]
    weak = [operand for operand in subjects if operand.operator is None or operand.operator.name == "Null"]
    negated = [operand for operand in subjects if operand.operator and operand.operator.negated]
    if not subjects and (cluster or not _claims(checked, "aud")):
        message = f"{everybody} may assume this role: no condition compares the subject"
        yield _finding(code, "security-warning", message, issuers[0][1])
    elif subjects and not firm and len(weak) == len(subjects):
        message = f"{everybody} may assume this role: no String operator compares the subject"
        yield _finding(code, "security-warning", message, subjects[0].path, on_key=True)
    elif negated and not firm:
        message = "every subject but the listed ones may assume this role: the subject is only compared by negation"
        yield _finding("trust-subject-only-excluded", "security-warning", message, negated[0].path, on_key=True)
    for operand in firm:
        if operand.operator and operand.operator.if_exists:
            message = "with IfExists the comparison holds where the key is absent; compare the subject without it"
            yield _finding("trust-subject-if-exists", "security-warning", message, operand.path, on_key=True)
    if subjects and not _claims(checked, "aud"):
        message = "compare the audience too: any token of the subject is taken, whatever it was issued for"
        yield _finding("trust-audience-not-checked", "suggestion", message, subjects[0].path, on_key=True)


def subject_values(checked: StatementToCheck) -> Iterator[Finding]:
    """Rows 4 to 7, 35, 37 and 68: each value of a subject on its own."""
    issuers = [issuer for issuer, _ in _issuers(checked) if _is_private(issuer)]
    cluster = any(_is_cluster(issuer, checked) for issuer in issuers)
    for operand in _claims(checked, "sub") if issuers else ():
        operator = operand.operator
        if operator is None or operator.family != "String" or operator.negated:
            continue
        for text, path in operand.texts():
            if "${" in text:
                continue
            if not cluster:
                if operator.like and checked.allows and not text.strip("*?") and "*" in text:
                    message = f"everybody with a token of {issuers[0]} fits"
                    yield _finding("trust-every-subject", "security-warning", message, path)
            elif operator.like and checked.allows and (problem := _too_wide(text)):
                yield _finding(problem[0], "security-warning", problem[1], path)
            elif not _can_be_subject(text.lower() if operator.ignore_case else text, like=operator.like):
                message = f"no token has this subject: {_PREFIX}<namespace>:<service account> is expected"
                yield _finding("trust-subject-malformed", "error", message, path)


def _too_wide(text: str) -> tuple[str, str] | None:
    """Return what a pattern lets in beyond the service accounts of one namespace."""
    fits = compile_pattern(text).matches
    if fits(f"{_PREFIX}{_ELSEWHERE}:{_OTHER}"):
        return "trust-every-service-account", "every service account of the cluster fits"
    name = text.rpartition(":")[2].replace("*", "z").replace("?", "z")
    if fits(f"{_PREFIX}{_ELSEWHERE}:{name}"):
        message = f"whoever can create a namespace can create `{name}` in it"
        return "trust-subject-open-namespace", message
    namespace = re.split(r"[*?:]", text.removeprefix(_PREFIX))[0] if text.startswith(_PREFIX) else ""
    if namespace and fits(f"{_PREFIX}{namespace}{_ELSEWHERE}:{_OTHER}"):
        message = f"the star runs over the colon: all namespaces that start with `{namespace}` fit"
        return "trust-subject-open-namespace", message
    if namespace and (fits(f"{_PREFIX}{namespace}{_ELSEWHERE}:{name}") or fits(f"{_PREFIX}{namespace}z:{name}")):
        message = f"whoever can create a namespace that fits can create `{name}` in it"
        return "trust-subject-open-namespace", message
    return None


def _can_be_subject(text: str, *, like: bool) -> bool:
    """Return whether some service account's subject equals the text, or is like it."""
    start = re.split(r"[*?]", text)[0] if like else text
    if start == text:
        namespace, colon, name = text.removeprefix(_PREFIX).partition(":")
        return text.startswith(_PREFIX) and bool(colon and _NAME.fullmatch(namespace) and _NAME.fullmatch(name))
    if re.search(r"[^a-z0-9.:*?-]", text) or text.count(":") > _PREFIX.count(":") + 1:
        return False
    return _PREFIX.startswith(start) or start.startswith(_PREFIX)


def keys(checked: StatementToCheck) -> Iterator[Finding]:
    """Rows 10, 11, 14, 17 to 22, 42, 44 and 45: keys that no token of the provider carries."""
    issuers = [issuer for issuer, _ in _issuers(checked)]
    if not issuers:
        return
    lowered = [issuer.lower() for issuer in issuers]
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
        if prefix in lowered:
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
    if any(prefix in issuer.lower() for issuer in issuers):
        return "trust-key-of-another-issuer", f"the key's issuer is cut short: {own}:sub"
    if deny:
        effect = "always applies" if operand.operator and operand.operator.negated else "never applies"
        return "trust-deny-of-another-issuer", f"tokens of {own} do not carry this key, so that the Deny {effect}"
    if several:
        return "trust-keys-of-two-issuers", "no token carries the keys of two issuers: use a statement for each"
    return "trust-key-of-another-issuer", f"tokens of {own} do not carry this key"


def absent_keys(checked: StatementToCheck) -> Iterator[Finding]:
    """Rows 39 to 41 and 43: keys that a web identity call does not carry, or that the network decides."""
    if not _issuers(checked) or not allows_web_identity(checked.statement):
        return
    for operand in checked.operands:
        key = operand.key.lower()
        if key in NEVER_IN_A_WEB_IDENTITY_CALL or key.startswith("aws:principaltag/"):
            message = f"a web identity call does not carry {operand.key}"
            yield _finding(
                "trust-key-never-there", "error" if checked.allows else "warning", message, operand.path, on_key=True
            )
        elif key in ("aws:sourceip", "aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip"):
            message = "whether this holds depends on the network path to STS: NAT address, endpoint or Internet"
            yield _finding("trust-depends-on-network", "warning", message, operand.path, on_key=True)
        for text, path in operand.texts():
            for name in re.findall(r"\$\{([^}]*)\}", text) if key.endswith((":sub", ":aud")) else ():
                if name.strip().lower().startswith(("aws:username", "aws:userid", "aws:principal")):
                    message = "the variable has no value here: the caller has no IAM identity yet"
                    yield _finding("trust-variable-without-value", "error", message, path)
                elif ":" not in name and name not in ("*", "?", "$"):
                    message = f"`${{{name}}}` looks like a placeholder that was not filled: it is no condition key"
                    yield _finding("trust-placeholder-left", "error", message, path)


def audience(checked: StatementToCheck) -> Iterator[Finding]:
    """Rows 34 and 64: an audience that EKS's pods, or the usual GitHub action, do not ask for."""
    for operand in _claims(checked, "aud"):
        issuer = operand.key.rpartition(":")[0]
        github = issuer.lower() == GITHUB
        if operand.operator is None or operand.operator.negated or not (github or _EKS_ISSUER.fullmatch(issuer)):
            continue
        for text, path in operand.texts():
            if text.startswith(_PREFIX):
                yield _finding("trust-aud-sub-swapped", "error", "this is a subject, not an audience", path)
            elif text != _AUDIENCE and not has_wildcard(text) and "${" not in text:
                who = "the action configure-aws-credentials asks" if github else "pods ask"
                message = f"{who} for {_AUDIENCE} unless told otherwise"
                yield _finding("trust-audience-unusual", "warning", message, path)


def twice(checked: StatementToCheck) -> Iterator[Finding]:
    """Row 15: one key under two operators whose values do not meet."""
    exact: dict[str, set[str]] = {}
    for operand in checked.operands if checked.allows else ():
        if operand.operator_text == "StringEquals":
            exact[operand.key.lower()] = {text for text, _ in operand.texts()}
    for operand in checked.operands:
        if operand.operator_text != "StringLike" or operand.key.lower() not in exact:
            continue
        texts, wanted = [text for text, _ in operand.texts()], exact[operand.key.lower()]
        if any("${" in text for text in (*texts, *wanted)):
            continue
        patterns = [compile_pattern(text) for text in texts]
        if not any(pattern.matches(text) for pattern in patterns for text in wanted):
            message = "both operators have to hold, and no value meets both: nobody gets in"
            yield _finding("trust-conditions-never-meet", "error", message, operand.path)


_NO_POD_IDENTITY = ("eks-pods.amazonaws.com", "pod.eks.amazonaws.com", "pods.amazonaws.com")
_POD_TAG = re.compile(r"aws:requesttag/(kubernetes|eks)-")


def principals(checked: StatementToCheck) -> Iterator[Finding]:
    """Rows 21, 28, 29, 48, 55, 67."""
    for kind, text, path in checked.principals:
        arn, provider = Arn.parse(text), OidcProviderArn.parse(text)
        if kind == "Federated" and provider and ("://" in provider.issuer or provider.issuer.endswith("/")):
            message = "a provider's ARN ends with the issuer without its scheme and without a slash at its end"
            yield _finding("trust-provider-malformed", "error", message, path)
        elif kind == "Federated" and provider and re.search(r"[<>{}$]|[A-Z]_[A-Z]", text):
            yield _finding("trust-placeholder-left", "error", "this looks like a placeholder that was not filled", path)
        elif kind == "AWS" and provider:
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
        elif kind == "Service" and (text in _NO_POD_IDENTITY or (text == "eks.amazonaws.com" and _pod_tags(checked))):
            message = f"EKS Pod Identity assumes roles as {_POD_IDENTITY}"
            yield _finding("trust-pod-identity-wrong-service", "warning", message, path)
        elif kind == "Federated" and text.endswith("oidc-provider/tokens.actions.githubusercontent.com"):
            message = f"GitHub's issuer is {GITHUB}"
            yield _finding("trust-github-host-misspelt", "error", message, path)


def _pod_tags(checked: StatementToCheck) -> bool:
    """Return whether the statement compares the tags of a pod: EKS itself assumes roles with tags of its own."""
    return any(_POD_TAG.match(operand.key.lower()) for operand in checked.operands)


def _only_web_identity(checked: StatementToCheck) -> bool:
    return {text.lower() for text, _ in checked.entries("Action")} == {"sts:assumerolewithwebidentity"}


def pod_identity(checked: StatementToCheck) -> Iterator[Finding]:
    """Rows 50 and 52: keys that a call of EKS Pod Identity does not carry."""
    if not checked.allows or not _named_by_pod_identity(checked):
        return
    for operand in checked.operands:
        key = operand.key.lower()
        if key.startswith("aws:principaltag/"):
            message = "in a trust policy the tags of the call are aws:RequestTag/…"
            yield _finding("trust-pod-identity-principal-tag", "error", message, operand.path, on_key=True)
        elif key.endswith((":sub", ":aud")) and "." in key:
            message = "a service does not present a token: this key is never there"
            yield _finding("trust-pod-identity-with-token-key", "error", message, operand.path, on_key=True)


def session_tags(statements: Sequence[StatementToCheck]) -> Iterator[Finding]:
    """Row 47: each of the two permissions may stand in a statement of its own."""
    granted: set[str] = set()
    first: Path | None = None
    for checked in statements:
        named = _named_by_pod_identity(checked)
        if not checked.allows or not named:
            continue
        actions = {text.lower() for text, _ in checked.entries("Action")} or {"*"}
        granted |= actions
        if first is None and "sts:assumerole" in actions:
            first = named[0]
    if first is not None and not granted & {"sts:tagsession", "sts:*", "*"}:
        message = "EKS Pod Identity passes session tags: without sts:TagSession the call fails, unless tags are off"
        yield _finding("trust-pod-identity-without-tag-session", "error", message, first)


def _named_by_pod_identity(checked: StatementToCheck) -> list[Path]:
    return [path for kind, text, path in checked.principals if kind == "Service" and text == _POD_IDENTITY]


def external_id(checked: StatementToCheck) -> Iterator[Finding]:
    """Row 58: an external id that a caller may leave out."""
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
    """Rows 61 and 62: a subject that other owners or repositories fit, or that none has."""
    for operand in _claims(checked, "sub") if checked.allows else ():
        operator = operand.operator
        if not operand.key.lower().startswith(GITHUB) or operator is None or operator.negated:
            continue
        for text, path in operand.texts():
            if operator.like and (problem := _open_repository(text)) is not None:
                yield _finding(problem[0], "security-warning", problem[1], path)
            elif operator.family == "String" and not operator.like and "*" in text:
                message = f"under {operator.name} a star is a plain character: no token has this subject"
                yield _finding("trust-subject-malformed", "error", message, path)


def _open_repository(text: str) -> tuple[str, str] | None:
    everyone = "trust-github-everyone", "everybody on GitHub fits"
    if compile_pattern(text).matches(f"repo:{_OTHER}/{_OTHER}:ref:refs/heads/{_OTHER}"):
        return everyone
    if not text.startswith("repo:"):
        return None
    owner, _, repository = text.removeprefix("repo:").partition("/")
    if re.match(r"\??\*", owner):
        return everyone
    if has_wildcard(owner):
        return "trust-github-owner-open", "other owners fit too: write the owner in full, and a slash"
    if re.fullmatch(r"[^*]+\*.*", repository.partition(":")[0]):
        return "trust-github-repository-open", "other repositories fit too: write the repository in full, and a colon"
    return None


def wide_actions(checked: StatementToCheck) -> Iterator[Finding]:
    """Row 70: more actions than one way in needs."""
    for text, path in checked.entries("Action") if checked.allows else ():
        if text.lower() in ("sts:*", "sts:assumerole*"):
            message = "name the one action that is needed"
            yield _finding("trust-actions-too-wide", "warning", message, path)


def unknown_actions(checked: StatementToCheck) -> Iterator[Finding]:
    """Find actions of a resource control policy that no service has; Access Analyzer says it of other kinds."""
    for text, path in checked.entries("Action") if checked.kind == "rcp" else ():
        service, _, name = text.partition(":")
        if name and not has_wildcard(name) and not action_exists(service, name):
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
    wide_actions,
)
