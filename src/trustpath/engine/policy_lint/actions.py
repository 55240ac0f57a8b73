"""Actions: do they exist, and which of them are dangerous or in vain?"""

import difflib
from collections.abc import Iterator

from trustpath.engine.iam.actions import CompiledActions
from trustpath.engine.iam.service_reference import action_exists, actions, services
from trustpath.engine.iam.wildcards import compile_pattern, has_wildcard
from trustpath.engine.policy_lint.finding import Finding, StatementToCheck, covered_entries
from trustpath.model.lint import Severity
from trustpath.model.policy import JsonObject, Path, Text


def names(checked: StatementToCheck) -> Iterator[Finding]:
    """Check that services and actions exist. Something newer than the data is reported as not existing."""
    if checked.kind == "rcp":
        # Organizations takes actions that do not exist there (recorded); `mistakes` names them.
        return
    for text, path in checked.entries_of("Action"):
        service, colon, name = text.partition(":")
        if text == "*" or "${" in text:
            continue
        if not colon or not service:
            yield _no_action(text, "", path)
        elif has_wildcard(service):
            message = (
                "Avoid using wildcards (*, ?) in the service name because it might grant unintended access to other "
                "AWS services with similar names."
            )
            yield Finding("WILDCARD_IN_SERVICE_NAME", "suggestion", message, path)
        elif service.lower() not in services():
            near = difflib.get_close_matches(service.lower(), services(), 1)
            message = f"The service {service} specified in the action does not exist." + (
                f" Did you mean {near[0]}?" if near else ""
            )
            yield Finding("INVALID_SERVICE_IN_ACTION", "error", message, path)
        elif has_wildcard(name):
            pattern = compile_pattern(name.lower())
            if not any(pattern.matches(known.lower()) for known in actions(service.lower())):
                yield _no_action(text, "", path)
        elif not action_exists(service, name):
            near = difflib.get_close_matches(name, actions(service.lower()), 1)
            yield _no_action(text, f"{service}:{near[0]}" if near else "", path)


def _no_action(text: str, near: str, path: Path) -> Finding:
    hint = f" Did you mean {near}?" if near else ""
    return Finding("INVALID_ACTION", "error", f"The action {text} does not exist.{hint}", path)


def redundant(checked: StatementToCheck) -> Iterator[Finding]:
    """Find actions that another entry of the same element covers."""
    for element in ("Action", "NotAction"):
        written = {path: text for text, path in checked.entries(element)}
        covered = covered_entries([(text.lower(), path) for path, text in written.items()])
        if covered:
            message = (
                f"The {len(covered)} action(s) are redundant because they provide similar permissions. Update the "
                f"policy to remove the redundant action such as: {written[covered[0][1]]}."
            )
            yield Finding("REDUNDANT_ACTION", "suggestion", message, covered[0][1])


def _covers(wide: str, narrow: str) -> bool:
    return has_wildcard(wide) and compile_pattern(wide.lower()).matches(narrow.lower())


_HANDING_OUT_ROLES: tuple[tuple[str, str, Severity, str], ...] = (
    ("iam:PassRole", "PASS_ROLE", "security-warning", "iam:PassedToService"),
    ("iam:CreateServiceLinkedRole", "CREATE_SLR", "warning", "iam:AWSServiceName"),
)


def permission_to_hand_out_roles(checked: StatementToCheck) -> Iterator[Finding]:
    """Find grants of iam:PassRole and iam:CreateServiceLinkedRole on everything."""
    if checked.kind not in ("identity", "session", "resource") or not checked.allows:
        return
    keys = {operand.key.lower() for operand in checked.operands}
    for action, stem, severity, narrowing in _HANDING_OUT_ROLES:
        how = _grant(checked, action)
        where = _scope(checked.statement)
        if not how or not where or narrowing.lower() in keys:
            continue
        code = {
            ("named", "star"): f"{stem}_WITH_STAR_IN_RESOURCE",
            ("star", "star"): f"{stem}_WITH_STAR_IN_ACTION_AND_RESOURCE",
            ("not", "star"): f"{stem}_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION",
            ("named", "not"): f"{stem}_WITH_NOT_RESOURCE",
            ("star", "not"): f"{stem}_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE",
            ("not", "not"): f"{stem}_WITH_NOT_ACTION_AND_NOT_RESOURCE",
        }[(how, where)]
        what = "NotResource" if where == "not" else "a resource with wildcards (*)"
        message = (
            f"Using {what} can be overly permissive because it allows {action} permissions on "
            f"{'multiple' if where == 'not' else 'all'} resources. We recommend that you specify resource ARNs or add "
            f"the {narrowing} condition key to your statement."
        )
        element = "NotResource" if where == "not" else "Resource"
        yield Finding(code, severity, message, (*checked.path, element))


def _grant(checked: StatementToCheck, action: str) -> str:
    """Return how the statement covers an action: by name, by a star, by not naming it, or not at all."""
    if "NotAction" in checked.statement:
        texts = tuple(Text(text, ()) for text, _ in checked.entries("NotAction"))
        return "not" if CompiledActions(texts, negated=True).cover(action.lower()) else ""
    texts_of = [text for text, _ in checked.entries("Action")]
    if any(text.lower() == action.lower() for text in texts_of):
        return "named"
    return "star" if any(_covers(text, action) for text in texts_of) else ""


def _scope(statement: JsonObject) -> str:
    if "NotResource" in statement:
        return "not"
    value = statement.get("Resource")
    return "star" if "*" in (value if isinstance(value, list) else [value]) else ""
