"""Which EKS cluster a context leads to, where its names do not tell."""

import re

import msgspec
from msgspec import Struct

from trustpath.facts.live.aws_api import AwsApi, CallError
from trustpath.facts.live.connection import Connection
from trustpath.model.reads import AwsRead

_EKS = re.compile(r"https://[^/]+\.eks\.amazonaws\.com(?:\.cn)?/?$", re.IGNORECASE)
MOST = 20
"""How many clusters are described in search of one."""


class _Names(Struct):
    clusters: list[str]


class _Cluster(Struct):
    endpoint: str = ""


class _Answer(Struct):
    cluster: _Cluster


def name_by_endpoint(account: AwsApi, connection: Connection) -> str:
    """Return the cluster of the region whose endpoint is the context's server, empty where none is found."""
    if not _EKS.match(connection.server):
        return ""
    try:
        names = msgspec.json.decode(account.call(AwsRead("eks:ListClusters")), type=_Names).clusters
        for name in names[:MOST]:
            answer = account.call(AwsRead("eks:DescribeCluster", (("name", name),)))
            found = msgspec.json.decode(answer, type=_Answer).cluster.endpoint
            if found.rstrip("/").lower() == connection.server.rstrip("/").lower():
                return name
    except (CallError, msgspec.DecodeError):
        return ""
    return ""
