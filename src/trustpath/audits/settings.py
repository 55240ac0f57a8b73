"""How checks read the settings in the controller's ConfigMap."""

import re
from shlex import quote

from trustpath.audits.catalogue import Open
from trustpath.model.argo import Installation
from trustpath.model.fact import Denied, NotCollected
from trustpath.model.trace import Need
from trustpath.paths.links import need

_UNITS = {"h": 1.0, "m": 1 / 60, "s": 1 / 3600, "ms": 0.0, "us": 0.0, "ns": 0.0}


def unread_settings(item: Installation) -> Open:
    """Return that the ConfigMap was not read."""
    if isinstance(item.config, Denied | NotCollected):
        return Open(f"the settings of the installation in {item.namespace} were not read", (need(item.config),))
    command = f"kubectl get configmaps -n {quote(item.namespace)} -o yaml > configmaps.yaml"
    wanted = Need(f"the controller's ConfigMap in {item.namespace}", command)
    return Open(f"the settings of the installation in {item.namespace} were not read", (wanted,))


def hours(duration: str) -> float:
    """Return the hours of a duration as Go writes it, `10h` or `1h30m`; 0 for another text."""
    parts = re.findall(r"(\d+(?:\.\d+)?)(h|ms|us|ns|m|s)", duration)
    return sum(float(number) * _UNITS[unit] for number, unit in parts)
