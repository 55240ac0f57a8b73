"""What IAM demands of new trust in identity providers that many customers share.

Source: iam-evaluation 1.4 (324 recorded documents) and the IAM User Guide's page on secure defaults for OIDC
providers, read on 2026-09-11. Clusters' issuers are private: IAM demands nothing of them.
"""

from trustpath.engine.iam.actions import CompiledActions
from trustpath.engine.iam.operators import Operator
from trustpath.model.arn import OidcProviderArn
from trustpath.model.policy import JsonObject, Text

_ACTION = "sts:assumerolewithwebidentity"
GITHUB = "token.actions.githubusercontent.com"
_SUB = """agent.buildkite.com app.terraform.io gitlab.com oidc-configuration.audit-log.githubusercontent.com
    oidc.codefresh.io oidc.op1.openshiftapps.com/2c51blsaqa9gkjt0o9rt11mle8mmropu
    oidc.op1.openshiftapps.com/2f785sojlpb85i7402pk3qogugim5nfb proidc.upbound.io
    rh-oidc.s3.us-east-1.amazonaws.com/22ejnvnnturfmt6km08idd0nt4hekbn7
    rh-oidc.s3.us-east-1.amazonaws.com/23e3sd27sju1hoou6ohfs68vbno607tr
    rh-oidc.s3.us-east-1.amazonaws.com/23ne21h005qjl3n33d8dui5dlrmv2tmg
    rh-oidc.s3.us-east-1.amazonaws.com/24jrf12m5dj7ljlfb4ta2frhrcoadm26 scalr.io studio.datachain.ai/api
    tokens.cloud.shisho.dev vstoken.actions.githubusercontent.com"""
_AUD = "api.pulumi.com/oidc cognito-identity.amazonaws.com oidc.vercel.com sandboxes.cloud"
CLAIMS: dict[str, str] = {
    **{issuer: f"{issuer}:sub" for issuer in _SUB.split()},
    **{issuer: f"{issuer}:aud" for issuer in _AUD.split()},
    "sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d": "sts:RoleSessionName",
}
"""Issuer → the key that a trust policy has to check."""
_BUILT_IN = {
    "accounts.google.com": ("aud", "oaud", "sub"),
    "www.amazon.com": ("app_id", "sub"),
    "graph.facebook.com": ("app_id", "sub"),
}
BUILT_IN_PROVIDERS = frozenset(_BUILT_IN) | {"cognito-identity.amazonaws.com"}
"""The providers that policies name by their host, without an ARN (1.2)."""
_POSITIVE = ("StringEquals", "StringLike", "StringEqualsIgnoreCase")


def allows_web_identity(statement: JsonObject) -> bool:
    """Return whether the statement's actions cover AssumeRoleWithWebIdentity."""
    for element, negated in (("Action", False), ("NotAction", True)):
        value = statement.get(element)
        if value is not None:
            texts = value if isinstance(value, list) else [value]
            patterns = tuple(Text(text, ()) for text in texts if isinstance(text, str))
            return CompiledActions(patterns, negated=negated).cover(_ACTION)
    return False


def demand(principal: str, statement: JsonObject) -> str:
    """Return IAM's message where the statement does not check what the provider's sharing demands."""
    arn = OidcProviderArn.parse(principal)
    issuer = arn.issuer if arn else principal
    block = statement.get("Condition")
    conditions = block if isinstance(block, JsonObject) else JsonObject()
    if issuer in _BUILT_IN:
        keys = [f"{issuer}:{claim}" for claim in _BUILT_IN[issuer]]
        if _built_in_checked(conditions, keys):
            return ""
        return f"Policy trusting {issuer} requires a StringEquals condition on an application id"
    if issuer == "cognito-identity.amazonaws.com" and "Condition" not in statement:
        return "A condition block must be present for the Cognito provider"
    github = issuer.startswith(GITHUB)
    if not github and issuer not in CLAIMS:
        return ""
    claims = [f"{issuer}:sub", f"{issuer}:job_workflow_ref"] if github else [CLAIMS[issuer]]
    if _checked(conditions, claims, github=github):
        return ""
    return (
        f"Trust policy with trusted principal {principal} must evaluate, using StringEquals, StringLike or "
        f"StringEqualsIgnoreCase, {' or '.join(claims)} which is not scoped to all."
    )


def _counts(name: str) -> Operator | None:
    operator = Operator.parse(name)
    return operator if operator and operator.name in _POSITIVE and not operator.if_exists else None


def _checked(conditions: JsonObject, claims: list[str], *, github: bool) -> bool:
    """Return whether one operator checks a claim and all of its values there are narrow enough."""
    wanted = {claim.lower() for claim in claims}
    for name, keys in conditions.items():
        if _counts(name) is None or not isinstance(keys, JsonObject):
            continue
        values = [value for key, value in keys.items() if key.lower() in wanted]
        if values and not any(_too_wide(text, github=github) for value in values for text in _texts(value)):
            return True
    return False


def _texts(value: object) -> list[str]:
    return [text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str)]


def _too_wide(text: str, *, github: bool) -> bool:
    # Only these are refused: `?*` and `**` match everybody as well and are stored (recorded).
    return text == "*" or (github and (not text.strip() or text.startswith("*")))


def _built_in_checked(conditions: JsonObject, keys: list[str]) -> bool:
    # These older rules want equality on a key in exact lower case, and take any value (recorded).
    return any(
        operator is not None and operator.name != "StringLike" and isinstance(found, JsonObject) and key in found
        for name, found in conditions.items()
        for operator in (_counts(name),)
        for key in keys
    )
