"""The authenticator's newest rules on STS hosts, and what a verified token says of itself (T14)."""

import base64
from datetime import UTC, datetime

import pytest

from trustpath.engine.eks.sts_hosts import refused_host
from trustpath.engine.eks.token import PREFIX, Refused, Token, verify

NOW = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)
QUERY = (
    "Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256"
    "&X-Amz-Credential=ASIAEXAMPLE%2F20261124%2Feu-west-1%2Fsts%2Faws4_request&X-Amz-Date=20261124T125900Z"
    "&X-Amz-Expires=60&X-Amz-SignedHeaders=host%3Bx-k8s-aws-id&X-Amz-Signature=secret"
)


def token(url: str) -> str:
    return PREFIX + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("partition", "region", "host"),
    [
        ("aws", "eu-west-1", "sts.amazonaws.com"),
        ("aws", "eu-west-1", "sts.us-east-1.amazonaws.com"),
        ("aws", "eu-west-1", "sts.eu-west-1.api.aws"),
        ("aws", "eu-west-1", "sts-fips.us-east-1.api.aws"),
        ("aws-cn", "cn-north-1", "sts.cn-northwest-1.amazonaws.com.cn"),
        ("aws-cn", "cn-north-1", "sts.cn-north-1.api.amazonwebservices.com.cn"),
        ("aws-us-gov", "us-gov-west-1", "sts.us-gov-east-1.amazonaws.com"),
        ("aws-iso", "us-iso-east-1", "sts.us-iso-east-1.c2s.ic.gov"),
        # The cluster's own region, of a shape that no partition has.
        ("aws-iso", "xx-new-1", "sts.xx-new-1.c2s.ic.gov"),
    ],
)
def test_hosts_of_the_partition_are_accepted(partition: str, region: str, host: str) -> None:
    assert refused_host(host, partition, region) == ""


@pytest.mark.parametrize(
    ("partition", "host", "problem"),
    [
        ("aws-us-gov", "sts.amazonaws.com", "global endpoint unsupported in partition aws-us-gov"),
        ("aws-us-gov", "sts-fips.us-gov-west-1.amazonaws.com", "unexpected hostname"),
        ("aws", "sts.cn-north-1.amazonaws.com.cn", "partition {aws} does not support hostname"),
        ("aws-cn", "sts.eu-west-1.amazonaws.com", "partition {aws-cn} does not support hostname"),
        ("aws", "sts.-eu.amazonaws.com", "invalid region identifier format provided: -eu"),
        ("aws", "iam.eu-west-1.amazonaws.com", "unexpected hostname"),
        ("aws", "localhost", "invalid host format: localhost"),
        ("aws", "", "host is empty"),
    ],
)
def test_other_hosts_are_refused(partition: str, host: str, problem: str) -> None:
    assert problem in refused_host(host, partition, "eu-west-1")


def test_a_token_says_who_signed_it_and_until_when() -> None:
    result = verify(token(f"https://sts.eu-west-1.amazonaws.com/?{QUERY}"), "aws", "eu-west-1", NOW)

    assert result == Token(
        "sts.eu-west-1.amazonaws.com",
        "ASIAEXAMPLE",
        "eu-west-1",
        datetime(2026, 11, 24, 12, 59, tzinfo=UTC),
        datetime(2026, 11, 24, 13, 14, tzinfo=UTC),
    )


@pytest.mark.parametrize("url", ["://x/?" + QUERY, "https://x\x7f/?" + QUERY, "https://%/?" + QUERY, "a b:c?" + QUERY])
def test_no_message_holds_the_signature(url: str) -> None:
    result = verify(token(url), "aws", "eu-west-1", NOW)

    assert isinstance(result, Refused)
    assert result.step == "c"
    assert "secret" not in result.error
