"""Access Analyzer's checks of service control policies.

What it would say of resource control policies, Organizations says itself: see ``iam.refusals``.
"""

from collections.abc import Iterator

from trustpath.engine.policy_lint.finding import Finding, StatementToCheck


def service_control(checked: StatementToCheck) -> Iterator[Finding]:
    """Check what a service control policy may not have."""
    if checked.kind != "scp":
        return
    for element in ("Principal", "NotPrincipal"):
        if element in checked.statement:
            message = f"SCPs don't support specifying principals. Use a condition key in place of {element}."
            yield Finding("SCP_SYNTAX_ERROR_PRINCIPAL", "error", message, (*checked.path, element))
    for text, path in checked.entries_of("Action"):
        if "*" in text[:-1]:
            # Organizations takes them since 2025-09-19; Access Analyzer's documentation still has the check.
            message = f"SCP actions can include wildcards (*) only at the end of a string. Update {text}."
            yield Finding("SCP_SYNTAX_ERROR_ACTION_WILDCARD", "warning", message, path)
