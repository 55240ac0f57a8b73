"""Principals: form, keys, wildcards, unique ids."""

import re
from collections.abc import Iterator

from trustpath.engine.policy_lint.finding import Finding, StatementToCheck, json_type
from trustpath.model.policy import JsonObject

_KEYS = ("AWS", "CanonicalUser", "Federated", "Service")
_SOURCES = ("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths")


def form(checked: StatementToCheck) -> Iterator[Finding]:
    """Check the shape of Principal and NotPrincipal."""
    for element in ("Principal", "NotPrincipal"):
        if element not in checked.statement:
            continue
        block, path = checked.statement[element], (*checked.path, element)
        if checked.kind in ("identity", "session"):
            message = (
                f"The policy type IDENTITY_POLICY does not support the Principal element. Remove the {element} element."
            )
            yield Finding("UNSUPPORTED_PRINCIPAL", "error", message, path)
            continue
        if checked.kind in ("scp", "rcp"):
            continue
        if isinstance(block, JsonObject):
            for kind in block:
                if kind not in _KEYS:
                    message = f"The principal key {kind} is not valid. Use one of: {', '.join(_KEYS)}."
                    yield Finding("INVALID_PRINCIPAL_KEY", "error", message, (*path, kind))
                elif json_type(block[kind]) not in ("String", "Array"):
                    message = "The text does not match the expected JSON data type String."
                    yield Finding("DATA_TYPE_MISMATCH", "error", message, (*path, kind))
        elif block != "*":
            message = "The Principal element contents are not valid. Specify a key-value pair in the Principal element."
            yield Finding("INVALID_PRINCIPAL_FORMAT", "error", message, path)


def entries(checked: StatementToCheck) -> Iterator[Finding]:
    """Check what the entries name."""
    for kind, text, path in checked.principals:
        if re.fullmatch(r"AROA[A-Z0-9]{12,}", text) and kind == "AWS":
            message = "The Principal element includes the IAM role ID {}. We recommend that you use a role ARN instead."
            yield Finding("INVALID_ROLE_REFERENCE", "warning", message.format(text), path)
        elif re.fullmatch(r"AIDA[A-Z0-9]{12,}", text) and kind == "AWS":
            message = "The Principal element includes the IAM user ID {}. We recommend that you use a user ARN instead."
            yield Finding("INVALID_USER_REFERENCE", "warning", message.format(text), path)
        elif ("*" in text or "?" in text) and (text != "*" or kind != "AWS"):
            message = (
                f"Wildcards (*, ?) are not supported with the principal key {kind}. Replace the wildcard with a valid "
                "principal value."
            )
            yield Finding("UNSUPPORTED_WILDCARD_IN_PRINCIPAL", "error", message, path)
        if kind == "Federated" and checked.kind == "resource":
            message = (
                "The policy type RESOURCE_POLICY does not support a federated identity provider in the principal "
                "element. Use a supported principal."
            )
            yield Finding("FEDERATED_PRINCIPAL_NOT_SUPPORTED", "error", message, path)
    if checked.allows and "NotPrincipal" in checked.statement:
        message = "Using Allow with NotPrincipal can be overly permissive. We recommend that you use Principal instead."
        yield Finding("ALLOW_WITH_NOT_PRINCIPAL", "security-warning", message, (*checked.path, "NotPrincipal"))


def service_sources(checked: StatementToCheck) -> Iterator[Finding]:
    """Find a resource open to a service whatever it acts for."""
    services = [(text, path) for kind, text, path in checked.principals if kind == "Service"]
    keys = {operand.key.lower() for operand in checked.operands}
    if checked.kind == "resource" and checked.allows and services and not keys & set(_SOURCES):
        message = (
            "Granting access to a service principal without specifying a source is overly permissive. Use "
            "aws:SourceArn, aws:SourceAccount, aws:SourceOrgID, or aws:SourceOrgPaths condition key to grant "
            "fine-grained access."
        )
        yield Finding("RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL", "security-warning", message, services[0][1])
