"""Resource ARNs: parts that are missing, misspelt or never there for the service."""

import re
from collections.abc import Iterator

from trustpath.engine.iam.service_reference import resource_arns, services
from trustpath.engine.iam.wildcards import compile_pattern, has_wildcard
from trustpath.engine.policy_lint.finding import Finding, StatementToCheck, covered_entries
from trustpath.engine.policy_lint.regions import REGIONS
from trustpath.model.arn import PARTITIONS
from trustpath.model.policy import Path


def arns(checked: StatementToCheck) -> Iterator[Finding]:
    """Check every entry of Resource and NotResource."""
    if checked.kind == "trust":
        return
    for text, path in checked.entries_of("Resource"):
        if text != "*":
            yield from _arn(text, path)


def _arn(text: str, path: Path) -> Iterator[Finding]:
    if not text.startswith("arn:") and not has_wildcard(text.partition(":")[0]):
        yield Finding("INVALID_ARN_PREFIX", "error", "Add the required prefix (arn) to the resource ARN.", path)
        return
    parts = text.split(":", 5)
    if len(parts) < 6:
        if not text.endswith("*"):
            message = (
                "Resource ARNs must include at least 6 fields in the following structure: "
                "arn:partition:service:region:account:resource"
            )
            yield Finding("MISSING_ARN_FIELD", "error", message, path)
        return
    _, partition, service, region, account, resource = parts
    if partition not in PARTITIONS and not has_wildcard(partition) and "${" not in partition:
        message = f"The resource ARN for the service {service} does not support the partition {partition}."
        yield Finding("INVALID_PARTITION", "error", message, path)
    if "${" in service + region + account:
        return
    if has_wildcard(service):
        message = (
            "Avoid using wildcards (*, ?) in the service name because it might grant unintended access to other AWS "
            "services with similar names."
        )
        yield Finding("WILDCARD_IN_SERVICE_NAME", "suggestion", message, path)
        return
    if service != service.lower():
        message = f"Update the service name {service} in the resource ARN to use all lowercase letters."
        yield Finding("INVALID_ARN_SERVICE_CASE", "error", message, path)
    yield from _account_form(account, path)
    yield from _against_types(service.lower(), region, account, resource, path)


def _account_form(account: str, path: Path) -> Iterator[Finding]:
    if account and not re.fullmatch(r"[0-9]{12}|aws|cw[0-9]{10}", account) and not has_wildcard(account):
        message = f"The resource ARN account ID {account} is not valid. Provide a 12-digit account ID."
        yield Finding("INVALID_ARN_ACCOUNT", "error", message, path)


def _against_types(service: str, region: str, account: str, resource: str, path: Path) -> Iterator[Finding]:
    """Compare with the forms that the service publishes. A service without forms says nothing."""
    forms = [form.split(":", 5) for form in resource_arns(service)] if service in services() else []
    fitting = [form for form in forms if len(form) == 6 and _may_be(form[5], resource)]
    if not forms or "${" in resource or (service == "iam" and resource == "root"):
        return
    if not fitting:
        # AWS's own policies hold patterns that no published form fits; only a plain ARN is surely wrong.
        if has_wildcard(region + account + resource):
            return
        message = "Resource ARN does not match the expected ARN format. Update the resource portion of the ARN."
        yield Finding("INVALID_ARN_RESOURCE", "error", message, path)
        return
    if region and not has_wildcard(region):
        if all(not form[3] for form in fitting):
            message = f"The service {service} does not support specifying a Region in the resource ARN."
            yield Finding("ARN_REGION_NOT_ALLOWED", "error", message, path)
        elif region not in REGIONS:
            message = (
                f"The Region {region} is not valid for this resource. Update the resource ARN to include a supported "
                "Region."
            )
            yield Finding("INVALID_ARN_REGION", "error", message, path)
    if not region and not has_wildcard(resource) and all("${Region}" in form[3] for form in fitting):
        message = f"Add a Region to the {service} resource ARN."
        yield Finding("MISSING_ARN_REGION", "error", message, path)
    if account and not has_wildcard(account) and all(not form[4] for form in fitting):
        message = f"The service {service} does not support specifying an account ID in the resource ARN."
        yield Finding("ARN_ACCOUNT_NOT_ALLOWED", "error", message, path)
    if not account and not has_wildcard(resource) and all("${Account}" in form[4] for form in fitting):
        message = f"The resource {resource} requires an account ID in the resource ARN."
        yield Finding("MISSING_ARN_ACCOUNT", "error", message, path)


def _may_be(form: str, resource: str) -> bool:
    """Return whether a resource can be of a form; one with wildcards can, unless its plain start says no."""
    places = re.split(r"\$\{[^}]*\}", form)
    if has_wildcard(resource):
        start = re.split(r"[*?]", resource)[0]
        return start.startswith(places[0]) or places[0].startswith(start)
    return compile_pattern("*".join(places)).matches(resource)


def redundant(checked: StatementToCheck) -> Iterator[Finding]:
    """Find resources that another entry of the same element covers."""
    for element in ("Resource", "NotResource"):
        covered = covered_entries(checked.entries(element))
        if covered:
            message = (
                f"The {len(covered)} resource ARN(s) are redundant because they reference the same resource. Review "
                "the "
                "use of wildcards (*)"
            )
            yield Finding("REDUNDANT_RESOURCE", "suggestion", message, covered[0][1])
