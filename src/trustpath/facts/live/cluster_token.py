"""A token for an EKS cluster, signed in memory: what ``aws eks get-token`` prints (eks-identity T1, T2)."""

import base64
from typing import Any

from trustpath.facts.live.aws_api import Account, AwsApi

CLUSTER_HEADER = "x-k8s-aws-id"
_PREFIX = "k8s-aws-v1."
_SECONDS = 60


def sign(account: AwsApi, identity: Account, cluster: str) -> str:
    """Return a token of an identity for a cluster, good for fifteen minutes. It is never shown and never kept.

    Raises CallError where the identity cannot be had.
    """
    client = account.signing_client(identity)
    events = client.meta.events
    events.register("provide-client-params.sts.GetCallerIdentity", _take_cluster)
    events.register("before-sign.sts.GetCallerIdentity", _put_header)
    url = client.generate_presigned_url(
        "get_caller_identity", Params={"ClusterName": cluster}, ExpiresIn=_SECONDS, HttpMethod="GET"
    )
    return _PREFIX + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


def _take_cluster(params: dict[str, Any], context: dict[str, Any], **_: object) -> None:
    if "ClusterName" in params:
        context["cluster"] = params.pop("ClusterName")


def _put_header(request: Any, **_: object) -> None:
    cluster = request.context.get("cluster")
    if cluster:
        request.headers[CLUSTER_HEADER] = cluster
