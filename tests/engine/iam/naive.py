"""The rules once more, slowly and as plainly as they read: what the compiled engine is compared with.

Works on JSON values and regular expressions and shares nothing with the engine. Every key of the request is
known here; what is not known is tried out value by value (``every_verdict``). Numbers: iam-evaluation.
"""

import ipaddress
import re
from collections.abc import Iterable
from itertools import product
from typing import Any

Context = dict[str, Any]
NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)")


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def glob(pattern: str, text: str) -> bool:
    parts = (".*" if char == "*" else "." if char == "?" else re.escape(char) for char in pattern)
    return re.fullmatch("".join(parts), text, re.DOTALL) is not None


def expand(text: str, context: Context, *, like: bool) -> str | None:
    """Fill variables (2). What is filled in is plain text: its wildcards are put into brackets for ``glob``."""
    result = ""
    for plain, name in re.findall(r"([^$]+|\$(?!\{))|\$\{([^}]*)\}", text):
        if plain:
            result += plain
            continue
        key, _, default = (part.strip() for part in name.partition(","))
        value = {"*": "*", "?": "?", "$": "$"}.get(name) or context.get(key.lower())
        if isinstance(value, list):
            return None
        if value is None:
            if not default:
                return None
            value = default.strip("'")
        result += re.sub(r"[*?]", lambda found: chr(0xE000 + ord(found[0])), value) if like else value
    return result


def like(pattern: str, text: str) -> bool:
    """Match where escaped wildcards of the pattern stand for themselves."""
    rebuilt = ""
    for char in pattern:
        escaped = 0xE000 <= ord(char) < 0xE100
        wild = {"*": ".*", "?": "."}.get(char, re.escape(char))
        rebuilt += re.escape(chr(ord(char) - 0xE000)) if escaped else wild
    return re.fullmatch(rebuilt, text, re.DOTALL) is not None


def fits(operator: str, operand: str, value: str, context: Context) -> bool | None:
    """Return whether the positive form holds for one value; None: both forms fail (3)."""
    family = operator.replace("Not", "")
    if family in ("StringEquals", "StringEqualsIgnoreCase", "StringLike"):
        filled = expand(operand, context, like=family == "StringLike")
        if filled is None:
            return False
        if family == "StringLike":
            return like(filled, value)
        return filled == value if family == "StringEquals" else filled.lower() == value.lower()
    if family.startswith("Numeric"):
        if not NUMBER.fullmatch(value) or not NUMBER.fullmatch(operand):
            return False
        left, right = float(value), float(operand)
        return {
            "Equals": left == right, "LessThan": left < right, "LessThanEquals": left <= right,
            "GreaterThan": left > right, "GreaterThanEquals": left >= right,
        }[family.removeprefix("Numeric")]  # fmt: skip
    if family == "Bool":
        return (value.lower() == "true") == (operand.lower() == "true")
    if family == "IpAddress":
        try:
            return ipaddress.ip_address(value) in ipaddress.ip_network(operand)
        except ValueError:
            return None
    if family in ("ArnEquals", "ArnLike"):
        parts, patterns = value.split(":", 5), operand.split(":", 5)
        if len(parts) < 6 or parts[0] != "arn":
            return None
        return all(glob(pattern, part) for pattern, part in zip(patterns, parts, strict=True))
    raise AssertionError(operator)


def condition_holds(name: str, key: str, values: list[str], context: Context) -> bool:
    quantifier, _, bare = name.rpartition(":")
    if_exists = bare.endswith("IfExists")
    operator = bare.removesuffix("IfExists")
    value = context.get(key.lower())
    if operator == "Null":
        if quantifier:
            return quantifier == "ForAllValues"
        return any((value is None) == (text.lower() == "true") for text in values)
    negated = "Not" in operator

    def one(text: str) -> bool:
        answers = [fits(operator, operand, text, context) for operand in values]
        if None in answers:
            return False
        return any(answers) is not negated

    if quantifier == "ForAllValues":
        return value is None or all(one(text) for text in listed(value))
    if quantifier == "ForAnyValue":
        return value is not None and any(one(text) for text in listed(value))
    if value is None:
        return if_exists or negated
    return one(value) if isinstance(value, str) else False


def covers(statement: Any, element: str, text: str, context: Context) -> bool:
    def fit(pattern: str) -> bool | None:
        if element == "Action":
            return glob(pattern.lower(), text.lower())
        filled = expand(pattern, context, like=True)
        return None if filled is None else like(filled, text)

    if f"Not{element}" in statement:
        found = [fit(pattern) for pattern in listed(statement[f"Not{element}"])]
        return None not in found and not any(found)
    return any(fit(pattern) for pattern in listed(statement[element]))


def applies(statement: Any, action: str, resource: str, context: Context, *, trust: bool = False) -> bool:
    if not covers(statement, "Action", action, context):
        return False
    if not trust and not covers(statement, "Resource", resource, context):
        return False
    return all(
        condition_holds(name, key, listed(values), context)
        for name, keys in statement.get("Condition", {}).items()
        for key, values in keys.items()
    )


def statements(documents: Iterable[Any], effect: str) -> list[Any]:
    return [item for document in documents for item in listed(document["Statement"]) if item["Effect"] == effect]


def verdict(question: Any, context: Context) -> str:
    """Decide for a user or a role's session of the resource's account (4.1); None and [] are no layer."""
    asked, policies = question["request"], question["policies"]
    caller, action, resource = asked["principal"], asked["action"], asked["resource"]
    layers = [policies["identity"], policies["boundary"], [policies["session"]] if policies["session"] else None]
    layers += policies["scps"] or []
    own = [document for layer in layers for document in layer or []]

    def found(documents: Iterable[Any], effect: str) -> list[Any]:
        return [item for item in statements(documents, effect) if applies(item, action, resource, context)]

    grants = {"direct": False, "role": False}
    policy = [policies["resource"]] if policies["resource"] else []
    for effect in ("Deny", "Allow"):
        for item in found(policy, effect):
            named = listed(item["Principal"]["AWS"])
            direct = caller["arn"] in named or "*" in named
            role = caller.get("role_arn") in named
            account = f"arn:aws:iam::{caller['account']}:root" in named
            if effect == "Deny" and (direct or role or account):
                return "denied"
            grants["direct"] |= direct
            grants["role"] |= role
    if found(own, "Deny"):
        return "denied"
    identity = bool(found(policies["identity"], "Allow"))
    limits = all(layer is None or found(layer, "Allow") for layer in layers[1:3])
    scps = all(found(level, "Allow") for level in policies["scps"] or [])
    granted = (identity and limits) or grants["direct"] or (grants["role"] and limits)
    return "allowed" if granted and scps else "denied"


def every_verdict(question: Any, context: Context, domains: dict[str, list[Any]]) -> set[str]:
    """Try every value (None: absent) of every unknown key."""
    keys = list(domains)
    found = set()
    for chosen in product(*(domains[key] for key in keys)):
        known = {key.lower(): value for key, value in zip(keys, chosen, strict=True) if value is not None}
        found.add(verdict(question, {**context, **known}))
    return found
