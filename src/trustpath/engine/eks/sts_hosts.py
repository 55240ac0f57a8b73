"""Which STS hosts a cluster accepts in a token (T14, T15)."""

import re

from msgspec import Struct

from trustpath.engine.go_strings import quote


class _Partition(Struct, frozen=True):
    """``regions`` matches its region names, ``fips`` is how the SDK calls the FIPS endpoint of STS there.

    ``dual_stack`` is empty where the authenticator knows none.
    """

    regions: re.Pattern[str]
    suffix: str
    dual_stack: str = ""
    fips: str = "sts-fips"


def _regions(start: str) -> re.Pattern[str]:
    return re.compile(rf"{start}-\w+-\d+", re.ASCII)


_PARTITIONS = {
    "aws": _Partition(_regions("(?:us|eu|ap|sa|ca|me|af|il|mx)"), "amazonaws.com", "api.aws"),
    "aws-cn": _Partition(_regions("cn"), "amazonaws.com.cn", "api.amazonwebservices.com.cn"),
    "aws-us-gov": _Partition(_regions("us-gov"), "amazonaws.com", "api.aws", fips="sts"),
    "aws-iso": _Partition(_regions("us-iso"), "c2s.ic.gov"),
    "aws-iso-b": _Partition(_regions("us-isob"), "sc2s.sgov.gov"),
    "aws-iso-e": _Partition(_regions("eu-isoe"), "cloud.adc-e.uk"),
    "aws-iso-f": _Partition(_regions("us-isof"), "csp.hci.ic.gov"),
    "aws-eusc": _Partition(_regions("eusc-de"), "amazonaws.eu", "api.amazonwebservices.eu"),
}

_REGION = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z-]*[0-9A-Za-z])?")
_GLOBAL_HOST = "sts.amazonaws.com"


def refused_host(host: str, partition: str, region: str) -> str:
    """Return why a cluster of this partition and region refuses the host, empty when it accepts it.

    Any region of the partition is fine. What looks like a region is not looked up: the host only has to be
    one that the SDK would make for it.
    """
    labels = host.split(".")
    if len(labels) < 3:
        problem = f"invalid host format: {host}" if host else "host is empty"
        return f"could not parse region for pre-signed URL {host}, {problem}"
    asked = "global" if host == _GLOBAL_HOST else labels[1]
    if asked == "global":
        return "" if partition == "aws" else f"global endpoint unsupported in partition {partition}"
    if not _REGION.fullmatch(asked):
        return f"invalid region identifier format provided: {asked}"
    own = _PARTITIONS.get(partition)
    domains = () if own is None else (own.suffix, own.dual_stack) if own.dual_stack else (own.suffix,)
    if host not in _hosts_of(asked):
        # The cluster's own region may be newer than the list of partitions.
        if _REGION.fullmatch(region) and host in {f"sts.{region}.{domain}" for domain in domains}:
            return ""
        return f"unexpected hostname {quote(host)} in pre-signed URL"
    if ".".join(labels[2:]) not in domains:
        return f"partition {{{partition}}} does not support hostname {host}"
    return ""


def _hosts_of(region: str) -> set[str]:
    """Return the hosts that the SDK makes for a region; one that fits no partition counts as ``aws``."""
    fits = (partition for partition in _PARTITIONS.values() if partition.regions.fullmatch(region))
    partition = next(fits, _PARTITIONS["aws"])
    hosts = {f"{partition.fips}.{region}.{partition.suffix}"}
    if region != "aws-global":
        hosts.add(f"sts.{region}.{partition.suffix}")
    if partition.dual_stack:
        hosts |= {f"{name}.{region}.{partition.dual_stack}" for name in ("sts", "sts-fips")}
    return hosts
