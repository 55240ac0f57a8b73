"""Access Analyzer's checks of role trust policies."""

import re
from collections.abc import Iterator

from trustpath.engine.iam.refusals import mismatched_actions
from trustpath.engine.iam.service_reference import action_exists
from trustpath.engine.iam.shared_providers import BUILT_IN_PROVIDERS, GITHUB, allows_web_identity
from trustpath.engine.policy_lint.finding import Finding, StatementToCheck
from trustpath.model.arn import Arn, OidcProviderArn
from trustpath.model.policy import TRUST_ACTIONS


def elements(checked: StatementToCheck) -> Iterator[Finding]:
    """Check what a trust policy may not have."""
    if checked.kind != "trust":
        return
    if "NotPrincipal" in checked.statement:
        message = "The NotPrincipal element is not supported in role trust policies. Use Principal instead."
        yield Finding("ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL", "error", message, (*checked.path, "NotPrincipal"))
    for element in ("Resource", "NotResource"):
        if element in checked.statement:
            message = f"Role trust policies apply to the role that they are attached to. Remove the {element} element."
            yield Finding("ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE", "error", message, (*checked.path, element))
    if checked.statement.get("Principal") == "*":
        message = (
            '"Principal:" "*" is not supported in the principal element of a role trust policy. Replace the wildcard '
            "with a valid principal value."
        )
        code = "ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL"
        yield Finding(code, "error", message, (*checked.path, "Principal"))
    for kind, text, path in checked.principals:
        if kind == "Federated" and not _is_provider(text):
            message = (
                "The principal value specifies a federated principal that does not match the expected format. Update "
                "the federated principal to a domain name or a SAML metadata ARN."
            )
            yield Finding("INVALID_FEDERATED_PRINCIPAL_SYNTAX_IN_ROLE_TRUST_POLICY", "error", message, path)


def _is_provider(text: str) -> bool:
    arn = Arn.parse(text)
    if arn is not None:
        return arn.service == "iam" and arn.resource.startswith(("oidc-provider/", "saml-provider/"))
    return (
        text in BUILT_IN_PROVIDERS or re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", text) is not None or "${" in text
    )


def actions(checked: StatementToCheck) -> Iterator[Finding]:
    """Check that the principal can call the action."""
    if checked.kind != "trust":
        return
    for text, path in mismatched_actions(checked.statement, checked.path):
        message = (
            f"The {text} action is invalid with the following principal(s): "
            f"{', '.join(name for _, name, _ in checked.principals)}. Use a SAML provider principal with the "
            "sts:AssumeRoleWithSAML action or use an OIDC provider principal with the sts:AssumeRoleWithWebIdentity "
            "action. Ensure the provider is Federated if you use either of the two options."
        )
        yield Finding("MISMATCHED_ACTION_FOR_PRINCIPAL", "error", message, path)
    services = {text for kind, text, _ in checked.principals if kind == "Service"}
    named = {text.lower() for text, _ in checked.entries("Action")}
    wanted = {"sts:assumerole", "sts:setsourceidentity", "sts:tagsession"}
    if "rolesanywhere.amazonaws.com" in services and checked.allows and not named >= wanted and "sts:*" not in named:
        message = (
            "The rolesanywhere.amazonaws.com principal requires the sts:AssumeRole, sts:SetSourceIdentity, and "
            "sts:TagSession permissions to assume a role. Add the missing permissions to the policy."
        )
        yield Finding("MISSING_ACTION_FOR_ROLES_ANYWHERE_TRUST_POLICY", "error", message, checked.path)


def foreign_actions(checked: StatementToCheck) -> Iterator[Finding]:
    """Check that a trust policy has only actions that assume a role; unknown ones are reported as such."""
    for text, path in checked.entries_of("Action") if checked.kind == "trust" else ():
        service, _, name = text.lower().partition(":")
        plain = "*" not in text and "?" not in text and "${" not in text
        if plain and text.lower() not in TRUST_ACTIONS and service != "sts" and action_exists(service, name):
            message = f"The action {text} is not supported in a role trust policy. Remove the action."
            yield Finding("UNSUPPORTED_ACTION_IN_POLICY", "error", message, path)


def providers(checked: StatementToCheck) -> Iterator[Finding]:
    """Find statements that admit everybody of an OIDC provider."""
    if checked.kind != "trust" or not checked.allows or not allows_web_identity(checked.statement):
        return
    prefixes = {operand.key.lower().rpartition(":")[0] for operand in checked.operands}
    keys = {operand.key.lower() for operand in checked.operands}
    for kind, text, path in checked.principals:
        arn = OidcProviderArn.parse(text)
        issuer = arn.issuer.lower() if arn else text.lower() if text in BUILT_IN_PROVIDERS else ""
        if kind != "Federated" or not issuer:
            continue
        if not any(prefix and issuer.startswith(prefix) for prefix in prefixes):
            message = (
                "Using an Open ID Connect principal without a condition can be overly permissive. Add condition keys "
                "with a prefix that matches your federated OIDC principals to ensure that only the intended identity "
                "provider assumes the role."
            )
            yield Finding("MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL", "security-warning", message, path)
        if issuer == GITHUB and f"{GITHUB}:sub" not in keys:
            message = (
                "Granting a federated GitHub principal permissions without a condition key can allow more sources to "
                f"assume the role than you intended. Add the {GITHUB}:sub condition key and specify the branch and "
                "repository name in the value."
            )
            yield Finding("MISSING_GITHUB_REPO_CONDITION_KEY", "security-warning", message, path)
    yield from _repositories(checked)


def _repositories(checked: StatementToCheck) -> Iterator[Finding]:
    for operand in checked.operands:
        if operand.key.lower() != f"{GITHUB}:sub" or operand.operator is None or operand.operator.negated:
            continue
        for text, path in operand.texts():
            # Where the wildcard counts is not documented; a subject that names a repository starts with `repo:`.
            if text.startswith("repo:") and "*" in text:
                message = (
                    "Using a wildcard (*) in the value of the GitHub condition key can allow more sources to assume "
                    "the role than you intended. Specify the value of the organization, repository and branch."
                )
                yield Finding("SPECIFIC_GITHUB_REPO_AND_BRANCH_RECOMMENDED", "warning", message, path)


def redundant_sessions(checked: StatementToCheck) -> Iterator[Finding]:
    """Find a session beside its own role."""
    roles = {text for kind, text, _ in checked.principals if kind == "AWS" and ":role/" in text}
    for kind, text, path in checked.principals if checked.kind == "trust" else ():
        arn = Arn.parse(text)
        if kind != "AWS" or arn is None or not arn.resource.startswith("assumed-role/"):
            continue
        role = f"arn:{arn.partition}:iam::{arn.account}:role/{arn.resource.split('/')[1]}"
        if role in roles:
            message = (
                f"The assumed-role principal {text} is redundant with its parent role {role}. Remove the assumed-role "
                "principal."
            )
            yield Finding("REDUNDANT_PRINCIPAL_IN_ROLE_TRUST_POLICY", "suggestion", message, path)
