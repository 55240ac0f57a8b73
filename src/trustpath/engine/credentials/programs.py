"""Programs whose releases are known not to take the credentials of a pod, by their images.

A row stands for a public report, which it names. An image of the same name may have been built otherwise, so a row
never proves more than "likely".
"""

import re
from typing import Literal

from msgspec import Struct

from trustpath.engine.credentials.sdks import SdkVersion, parse_sdk

Lack = Literal["web identity", "container", "container refresh"]
"""``web identity``, ``container`` (Pod Identity), or ``container refresh``: it works until the first renewal."""


class Program(Struct, frozen=True):
    """A program: the last part of its image's name, the releases (from, to before), what they lack, and the report."""

    image: str
    since: str
    before: str
    lacks: Lack
    source: str


PROGRAMS: tuple[Program, ...] = (
    Program("aws-for-fluent-bit", "2.8.0", "2.8.1", "web identity", "github.com/aws/aws-for-fluent-bit/issues/83"),
    Program("fluent-bit", "1.6.0", "1.6.1", "web identity", "github.com/aws/aws-for-fluent-bit/issues/83"),
    Program("elasticsearch", "0", "7.7.0", "web identity", "github.com/elastic/elasticsearch/issues/53191"),
    Program("elasticsearch", "0", "9.0.0", "container", "github.com/elastic/cloud-on-k8s/issues/8320"),
    Program("outline", "1.8.1", "1.8.2", "container refresh", "github.com/outline/outline/issues/12885"),
    Program(
        "aws-load-balancer-controller",
        "0",
        "2.7.0",
        "container",
        "github.com/kubernetes-sigs/aws-load-balancer-controller/issues/3503",
    ),
    Program("cluster-autoscaler", "0", "1.14.6", "web identity", "github.com/kubernetes/autoscaler/issues/2301"),
    Program(
        "kubernetes-external-secrets",
        "5.2.0",
        "5.3.0",
        "web identity",
        "github.com/external-secrets/kubernetes-external-secrets/issues/452",
    ),
)

_IMAGE = re.compile(r"(?:.*/)?(?P<name>[^/:@]+)(?::(?P<tag>[^@]+))?(?:@.*)?")
_CLI = re.compile(r"(?:.*/)?(?:aws-cli|awscli)")


class Image(Struct, frozen=True):
    """The name of an image, and its tag's numbers: 2.8.0 of ``v2.8.0-amd64``; empty where the tag has none."""

    name: str
    version: str


def read_image(text: str) -> Image:
    """Take the name of an image apart."""
    match = _IMAGE.fullmatch(text)
    if match is None:
        return Image("", "")
    number = re.match(r"v?([0-9]+(?:\.[0-9]+)+)", match["tag"] or "")
    return Image(match["name"], number[1] if number else "")


def known_lacks(image: str) -> tuple[Program, ...]:
    """Return what is known to be missing in the release that an image holds."""
    found = read_image(image)
    version = _numbers(found.version)
    return tuple(
        program
        for program in PROGRAMS
        if program.image == found.name
        and version
        and _numbers(program.since) <= version
        and version < _numbers(program.before)[: len(version)]
    )


def sdk_of_image(image: str) -> SdkVersion | None:
    """Return the SDK of an image that is nothing but the AWS CLI."""
    found = read_image(image)
    if not _CLI.fullmatch(found.name) or not found.version:
        return None
    return parse_sdk(f"aws-cli-v{found.version.partition('.')[0]}@{found.version}")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
