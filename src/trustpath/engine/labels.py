"""Whether a label selector selects an object (Kubernetes' LabelSelector)."""

from collections.abc import Mapping

from trustpath.model.kubernetes import LabelSelector, SelectorRequirement


def selects(selector: LabelSelector, labels: Mapping[str, str]) -> bool:
    """Return whether all parts of a selector hold; an empty one selects everything."""
    equal = all(labels.get(key) == value for key, value in (selector.match_labels or {}).items())
    return equal and all(_meets(part, labels) for part in selector.match_expressions or ())


def _meets(requirement: SelectorRequirement, labels: Mapping[str, str]) -> bool:
    value = labels.get(requirement.key)
    values = requirement.values or ()
    match requirement.operator:
        case "In":
            return value is not None and value in values
        case "NotIn":
            return value is None or value not in values
        case "Exists":
            return value is not None
        case _:  # DoesNotExist; the API server accepts no other operator
            return value is None
