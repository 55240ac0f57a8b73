"""Which EKS cluster a context leads to, where its names do not tell."""

import re

import msgspec
from msgspec import Struct

from trustpath.facts.live.aws_api import AwsApi, CallError
from trustpath.facts.live.connection import Connection
from trustpath.facts.live.deadline import Deadline, ExpiredError, before, in_parallel
from trustpath.model.reads import AwsRead

_EKS = re.compile(r"https://[^/]+\.eks\.amazonaws\.com(?:\.cn)?/?$", re.IGNORECASE)
READS = frozenset({"eks:DescribeCluster", "eks:ListClusters"})


class _Names(Struct):
    clusters: list[str]


class _Cluster(Struct):
    endpoint: str = ""


class _Answer(Struct):
    cluster: _Cluster


def name_by_endpoint(account: AwsApi, connection: Connection, deadline: Deadline) -> str:
    """Return the cluster of the region whose endpoint is the context's server, empty where none is found."""
    if not _EKS.match(connection.server):
        return ""
    meant = connection.server.rstrip("/").lower()
    try:
        answer = before(deadline, lambda: account.call(AwsRead("eks:ListClusters")))
        names = msgspec.json.decode(answer, type=_Names).clusters
    except (CallError, ExpiredError, msgspec.DecodeError):
        return ""

    def endpoint(name: str) -> str:
        described = account.call(AwsRead("eks:DescribeCluster", (("name", name),)))
        return msgspec.json.decode(described, type=_Answer).cluster.endpoint.rstrip("/").lower()

    return next((item.work for item in in_parallel(names, endpoint, deadline) if item.result == meant), "")
