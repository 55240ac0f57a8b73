"""Conditions: operators, keys, and values that their operator cannot read or never meets."""

import ipaddress
import re
from collections.abc import Iterator

from trustpath.engine.iam import values as typed
from trustpath.engine.iam.operators import Operator
from trustpath.engine.iam.service_reference import condition_key, is_multivalued, other_key_prefixes, services
from trustpath.engine.iam.shared_providers import CLAIMS, GITHUB
from trustpath.engine.iam.wildcards import has_wildcard
from trustpath.engine.policy_lint.finding import Finding, Operand, StatementToCheck, json_type
from trustpath.model.policy import JsonObject, Path

_FAMILY_OF_TYPE = {
    "String": ("String",),
    "ARN": ("Arn", "String"),
    "Bool": ("Bool",),
    "Numeric": ("Numeric",),
    "Date": ("Date",),
    "IPAddress": ("IpAddress",),
}
_TAG_KEYS = ("aws:resourcetag", "aws:requesttag", "aws:principaltag")


def operators(checked: StatementToCheck) -> Iterator[Finding]:
    """Check the names of operators."""
    block = checked.statement.get("Condition")
    for name, keys in block.items() if isinstance(block, JsonObject) else ():
        path = (*checked.path, "Condition", name)
        operator = Operator.parse(name) if isinstance(keys, JsonObject) and keys else None
        if operator is None and keys != {} and isinstance(keys, JsonObject):
            yield Finding("INVALID_CONDITION_OPERATOR", "error", f"The condition operator {name} is not valid.", path)
        if operator is not None and operator.name == "Null" and operator.if_exists:
            message = (
                "The Null condition operator is not compatible with the IfExists suffix. Update the operator or the "
                "suffix."
            )
            yield Finding("NULL_WITH_IF_EXISTS", "error", message, path)
        if operator is not None and operator.name == "Null" and operator.quantifier:
            message = (
                "Avoid using the Null condition operator with the ForAllValues or ForAnyValue qualifiers because they "
                "always return a true or false respectively."
            )
            yield Finding("NULL_WITH_QUALIFIER", "suggestion", message, path)
        if isinstance(keys, JsonObject):
            yield from _spellings(keys, path)


def _spellings(keys: JsonObject, path: Path) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for key in keys:
        if key.lower() in seen:
            message = (
                f"The condition key {key} appears more than once with different capitalization in the same condition "
                "block. Remove the duplicate condition keys."
            )
            yield Finding("DUPLICATE_KEYS_WITH_DIFFERENT_CASE", "error", message, (*path, key), on_key=True)
        seen[key.lower()] = key


def keys(checked: StatementToCheck) -> Iterator[Finding]:
    """Check the names of condition keys."""
    for operand in checked.operands:
        key, path = operand.key, operand.path
        service, colon, _ = key.partition(":")
        bare = key.lower().rstrip("/")
        if not colon:
            message = "The condition key format is not valid. Use the format service:keyname."
            yield Finding("INVALID_CONDITION_KEY_FORMAT", "error", message, path, on_key=True)
        elif bare in _TAG_KEYS:
            message = f"The condition key {key} does not include a tag key. Use the ConditionKey/tag-key format."
            yield Finding("MISSING_TAG_KEY_IN_CONDITION", "error", message, path, on_key=True)
        elif key.lower() == "aws:arn":
            message = "The condition key aws:ARN is not supported. Use aws:PrincipalArn or aws:SourceArn."
            yield Finding("UNSUPPORTED_GLOBAL_CONDITION_KEY", "error", message, path, on_key=True)
        elif "." in service or "/" in service or condition_key(key) is not None:
            # Claims of identity providers: what an issuer may carry is its own affair.
            continue
        elif service.lower() == "aws":
            message = f"The condition key {key} does not exist. Use a valid condition key."
            yield Finding("INVALID_GLOBAL_CONDITION_KEY", "error", message, path, on_key=True)
        elif service.lower() in services():
            message = f"The condition key {key} does not exist in the service {service}. Use a valid condition key."
            yield Finding("INVALID_SERVICE_CONDITION_KEY", "error", message, path, on_key=True)
        elif service.lower() not in other_key_prefixes():
            message = f"The service {service} specified in the condition key does not exist."
            yield Finding("INVALID_SERVICE", "error", message, path, on_key=True)


def sets(checked: StatementToCheck) -> Iterator[Finding]:
    """Check set prefixes against the key's number of values."""
    for operand in checked.operands:
        operator, key = operand.operator, operand.key
        if operator is None or operator.name == "Null":
            continue
        known = condition_key(key)
        claim = key.rpartition(":")[2].lower() if "." in key.partition(":")[0] else ""
        single = claim in ("sub", "aud", "oaud", "email", "iss") or (known is not None and not known.multivalued)
        if is_multivalued(key) and not operator.quantifier:
            message = (
                f"The condition key {key} can hold several values. Use the ForAllValues or ForAnyValue qualifier with "
                "it."
            )
            yield Finding("MISSING_QUALIFIER", "error", message, operand.path, on_key=True)
        if operator.quantifier == "ForAllValues" and single:
            message = (
                f"Using ForAllValues qualifier with the single-valued condition key {key} can be overly permissive. We "
                "recommend that you remove ForAllValues:."
            )
            yield Finding("FORALLVALUES_WITH_SINGLE_VALUED_KEY", "security-warning", message, operand.path, on_key=True)
        elif operator.quantifier == "ForAnyValue" and claim == "aud" and _is_known_issuer(key):
            message = (
                f"Using ForAnyValue qualifier with the single-valued condition key {key} can be overly permissive. We "
                "recommend that you remove ForAnyValue:."
            )
            yield Finding(
                "FORANYVALUE_WITH_AUDIENCE_CLAIM_TYPE", "security-warning", message, operand.path, on_key=True
            )
        elif operator.quantifier == "ForAnyValue" and claim == "aud":
            message = (
                f'The "{key}" claim key identifies the recipients that the JSON web token is intended for. Because '
                "this "
                "claim is single-valued, do not use a qualifier."
            )
            yield Finding("CONFIRM_AUDIENCE_CLAIM_TYPE", "suggestion", message, operand.path, on_key=True)


def _is_known_issuer(key: str) -> bool:
    issuer = key.lower().rpartition(":")[0]
    return condition_key(key) is not None or issuer in CLAIMS or issuer == GITHUB


def types(checked: StatementToCheck) -> Iterator[Finding]:
    """Check values against the operator and the operator against the key."""
    for operand in checked.operands:
        if operand.operator is None:
            continue
        kinds = {json_type(value) for value in operand.values}
        if len(kinds) > 1:
            message = "The condition values for the condition key have different data types. Use one type."
            yield Finding("INVALID_CONDITION_DATA_TYPE", "error", message, operand.path)
        family = operand.operator.family
        if family in ("Bool", "Null") and len(operand.values) > 1:
            message = f"The condition key {operand.key} expects a single Boolean value."
            yield Finding("INVALID_CONDITION_MULTIPLE_BOOLEAN", "error", message, operand.path)
        yield from _operator_for_key(operand, family)
        for text, path in operand.texts():
            if "${" not in text:
                yield from _value(family, operand, text, path)


def _operator_for_key(operand: Operand, family: str) -> Iterator[Finding]:
    known = condition_key(operand.key)
    if known is None or family == "Null" or known.is_open:
        # What a user names is text that any operator reads.
        return
    wanted = _FAMILY_OF_TYPE.get(known.type.removeprefix("ArrayOf"), ())
    if operand.key.lower() in ("aws:currenttime", "aws:epochtime", "aws:tokenissuetime"):
        wanted = ("Date", "Numeric")
    if wanted and family not in wanted:
        message = (
            f"Use the operator type {wanted[0]} instead of operator {operand.operator_text} for the condition key "
            f"{operand.key}."
        )
        yield Finding("TYPE_MISMATCH", "warning", message, operand.path)
    elif known.type.endswith("ARN") and operand.operator is not None and operand.operator.name == "StringLike":
        message = (
            f"Use the operator type ArnLike instead of operator {operand.operator_text} for the condition key "
            f"{operand.key}."
        )
        yield Finding("STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS", "security-warning", message, operand.path)


def _value(family: str, operand: Operand, text: str, path: Path) -> Iterator[Finding]:
    match family:
        case "Bool" | "Null" if text.lower() not in ("true", "false"):
            yield Finding("TYPE_MISMATCH_BOOLEAN", "warning", f"Replace the value {text} with true or false.", path)
        case "Numeric" if typed.number(text) is None:
            yield Finding("TYPE_MISMATCH_NUMBER", "warning", f"Replace the value {text} with a number.", path)
        case "Date" if re.fullmatch(r"[-+]?[0-9]{5,}", text):
            message = f"The date {text} is given as epoch time. Use a date in ISO 8601 format: 2026-11-24T00:00:00Z."
            yield Finding("INVALID_DATE_VALUE", "warning", message, path)
        case "Date" if typed.date(text) is None:
            message = f"Replace the value {text} with a date in ISO 8601 format: 2026-11-24T00:00:00Z."
            yield Finding("TYPE_MISMATCH_DATE", "warning", message, path)
        case "IpAddress":
            yield from _range(text, path)
        case "Binary" if not typed.is_base64(text):
            yield Finding("TYPE_MISMATCH_STRING", "warning", f"Replace the value {text} with base64 text.", path)
        case "String" if operand.operator is not None and not operand.operator.like and has_wildcard(text):
            message = f"{operand.operator_text} compares * and ? as plain characters. Use a Like operator for {text}."
            yield Finding("WILDCARD_WITHOUT_LIKE_OPERATOR", "warning", message, path)


def _range(text: str, path: Path) -> Iterator[Finding]:
    if typed.network(text) is None:
        message = f"The condition operator needs an IP range in standard CIDR format in place of {text}."
        yield Finding("TYPE_MISMATCH_IP_RANGE", "error", message, path)
        return
    try:
        base = ipaddress.ip_network(text, strict=False)
        changed = ipaddress.ip_interface(text).ip != base.network_address
    except ValueError:
        # A spelling that AWS reads and Python does not, such as leading zeros.
        return
    if changed:
        message = (
            "The non-zero bits in the IP address after the masked bits are ignored. Replace address with "
            f"{base.network_address}/{base.prefixlen}."
        )
        yield Finding("IMPROVE_IP_RANGE", "suggestion", message, path)


_VPC = {"aws:sourcevpc": ("vpc-", "INVALID_VPC_FORMAT"), "aws:sourcevpce": ("vpce-", "INVALID_VPCE_FORMAT")}


def networks(checked: StatementToCheck) -> Iterator[Finding]:
    """Check network keys: VPC ids, private addresses, keys that belong together."""
    names = {operand.key.lower() for operand in checked.operands}
    for operand in checked.operands:
        if operand.operator is None:
            continue
        key = operand.key.lower()
        if key in _VPC and operand.operator.family == "String":
            prefix, code = _VPC[key]
            for text, path in operand.texts():
                if not re.fullmatch(rf"{prefix}(?:[a-z0-9]{{8}}|[a-z0-9]{{17}})", text) and not re.search(
                    r"[*?$]", text
                ):
                    message = f"The value {text} is not valid. Use {prefix} and 8 or 17 alphanumeric characters."
                    yield Finding(code, "error", message, path)
        if key == "aws:vpcsourceip" and not names & {"aws:sourcevpc", "aws:sourcevpce", "aws:sourcevpcarn"}:
            message = (
                f"Using the condition key {operand.key} can be overly permissive without also using the following "
                "condition keys: aws:SourceVpc. Condition keys like this one are more secure when paired with a "
                "related key."
            )
            yield Finding("MISSING_PAIRED_CONDITION_KEYS", "security-warning", message, operand.path)
        if key == "aws:sourceip" and operand.operator.family == "IpAddress":
            yield from _private_addresses(operand)


def _private_addresses(operand: Operand) -> Iterator[Finding]:
    private = []
    for text, _ in operand.texts():
        try:
            private.append(ipaddress.ip_network(text, strict=False).is_private and not _documentation(text))
        except ValueError:
            return
    if not any(private) or operand.operator is None:
        return
    negated = operand.operator.negated
    code = "PRIVATE_NOT_IP_ADDRESS" if negated else "PRIVATE_IP_ADDRESS"
    effect = "have no effect" if negated else "will not have the desired effect"
    if all(private):
        message = (
            "aws:SourceIp works only for public IP address ranges. The values for condition key aws:SourceIp "
            "include only "
            f"private IP addresses and {effect}. To define permissions for private IP ranges, use aws:VpcSourceIp."
        )
        yield Finding(code, "error", message, operand.path)
    else:
        message = (
            "The values for condition key aws:SourceIp include a mix of private and public IP addresses. The private "
            f"addresses {effect}. To define permissions for private IP ranges, use aws:VpcSourceIp."
        )
        yield Finding(f"{code}_SUBSET", "suggestion", message, operand.path)


_DOCUMENTATION = tuple(
    ipaddress.ip_network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
)


def _documentation(text: str) -> bool:
    # Python counts the ranges reserved for documentation as private; AWS's own examples use them as public.
    network = ipaddress.ip_network(text, strict=False)
    return any(
        network.version == known.version and network.subnet_of(known)  # type: ignore[arg-type]  # same version
        for known in _DOCUMENTATION
    )


def empty(checked: StatementToCheck) -> Iterator[Finding]:
    """Find keys without values, values that others cover, and patterns that only ask for presence."""
    for operand in checked.operands:
        operator, key = operand.operator, operand.key
        if operator is None:
            continue
        if not operand.values:
            yield _empty(operand, operator.quantifier, if_exists=operator.if_exists)
        texts = [text for text, _ in operand.texts()]
        if operator.name in ("StringLike", "StringNotLike") and "*" in texts and checked.kind != "trust":
            yield _star(operand, negated=operator.negated, if_exists=operator.if_exists)
        if operator.name.startswith(("NumericLess", "NumericGreater")) and len(set(texts)) > 1:
            which = "greatest" if operator.name.startswith("NumericLess") else "least"
            message = (
                f"Multiple values in {operand.operator_text} are redundant. Replace with the {which} single value for "
                f"{key}."
            )
            yield Finding("REDUNDANT_CONDITION_VALUE_NUM", "suggestion", message, operand.path)


def _empty(operand: Operand, quantifier: str, *, if_exists: bool) -> Finding:
    key = operand.key
    null = (
        "To determine if the request context is empty, we recommend that you use the Null condition operator with "
        "the value of true instead."
    )
    if quantifier == "ForAllValues":
        message = (
            f"The ForAllValues prefix with an empty condition key matches only if the key {key} is missing from the "
            f"request context. {null}"
        )
        return Finding("EMPTY_ARRAY_CONDITION_FORALLVALUES", "suggestion", message, operand.path)
    if quantifier == "ForAnyValue":
        message = (
            f"The ForAnyValue prefix with an empty condition key {key} never matches the request context and it does "
            "not affect the policy. Specify conditions."
        )
        return Finding("EMPTY_ARRAY_CONDITION_FORANYVALUE", "suggestion", message, operand.path)
    if if_exists:
        message = (
            f"The IfExists suffix with an empty condition key matches only if the key {key} is missing from the "
            f"request context. {null}"
        )
        return Finding("EMPTY_ARRAY_CONDITION_IFEXISTS", "suggestion", message, operand.path)
    message = f"There are no values for the condition key {key} and it does not affect the policy. Specify conditions."
    return Finding("EMPTY_ARRAY_CONDITION", "suggestion", message, operand.path)


def _star(operand: Operand, *, negated: bool, if_exists: bool) -> Finding:
    key, name = operand.key, operand.operator_text
    if if_exists and not negated:
        message = (
            f"The key {key} in the condition block of {name} is redundant because it is always matched. Remove this "
            "key to simplify the condition."
        )
        return Finding("REDUNDANT_KEY_DUE_TO_WILDCARD_IN_CONDITION", "suggestion", message, operand.path)
    wanted = "true" if negated else "false"
    message = (
        f"We recommend replacing the key {key} in the condition block of {name} with {{Null: {wanted}}} to ensure "
        "better enforcement of the condition."
    )
    return Finding(f"EQUIVALENT_TO_NULL_{wanted.upper()}", "suggestion", message, operand.path)
