"""The SDKs of AWS: in which order they look for credentials, and from which version they know which source.

Source: eks-identity section 7.1 (order), L1 (what happens when a source fails), 7.3 (first versions). One row per
SDK; a row says what its documentation or source says and nothing of programs that choose a provider themselves.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

from msgspec import Struct

from trustpath.engine.iam.three_valued import Truth

CredentialSource = Literal["environment keys", "web identity", "profile", "container", "instance"]
Feature = Literal["web identity", "container"]
"""What a version of an SDK may not know yet: IRSA is web identity, Pod Identity the container endpoint."""

_KEYS: CredentialSource = "environment keys"
_WEB: CredentialSource = "web identity"
_PROFILE: CredentialSource = "profile"
_CONTAINER: CredentialSource = "container"
_INSTANCE: CredentialSource = "instance"


class Sdk(Struct, frozen=True):
    """One SDK.

    ``order`` is the order in which sources are looked at. ``first_versions`` are those that know a source; an empty
    text means that every version does, a missing entry that nothing is known. ``module``: the part that has to be on
    the class path for web identity.
    """

    name: str
    title: str
    order: tuple[CredentialSource, ...]
    first_versions: dict[Feature, str]
    module: str = ""
    aliases: tuple[str, ...] = ()


_USUAL = (_KEYS, _WEB, _PROFILE, _CONTAINER, _INSTANCE)

SDKS: tuple[Sdk, ...] = (
    Sdk(
        "botocore",
        "AWS SDK for Python",
        (_KEYS, _WEB, _PROFILE, _CONTAINER, _INSTANCE),
        {"web identity": "1.12.200", "container": "1.34.41"},
        aliases=("python",),
    ),
    Sdk("boto3", "AWS SDK for Python", _USUAL, {"web identity": "1.9.220", "container": "1.34.41"}),
    Sdk("aws-cli-v1", "AWS CLI 1", _USUAL, {"web identity": "1.16.232", "container": "1.30.0"}, aliases=("cli1",)),
    Sdk("aws-cli-v2", "AWS CLI 2", _USUAL, {"web identity": "", "container": "2.15.0"}, aliases=("cli2",)),
    Sdk("aws-sdk-go-v1", "AWS SDK for Go 1", _USUAL, {"web identity": "1.23.13", "container": "1.47.11"}),
    # Releases of Go 2 and Rust are dated; the version of a single module says nothing of them.
    Sdk("aws-sdk-go-v2", "AWS SDK for Go 2", _USUAL, {"web identity": "", "container": "release-2023-11-14"}),
    Sdk(
        "aws-sdk-java-v1",
        "AWS SDK for Java 1",
        _USUAL,
        {"web identity": "1.11.704", "container": "1.12.746"},
        module="aws-java-sdk-sts",
    ),
    Sdk(
        "aws-sdk-java-v2",
        "AWS SDK for Java 2",
        _USUAL,
        {"web identity": "2.10.11", "container": "2.21.30"},
        module="software.amazon.awssdk:sts",
    ),
    Sdk("aws-sdk-kotlin", "AWS SDK for Kotlin", _USUAL, {"container": "1.0.1"}),
    Sdk(
        "aws-sdk-js-v2",
        "AWS SDK for JavaScript 2",
        (_KEYS, _PROFILE, _CONTAINER, _WEB, _INSTANCE),
        {"web identity": "2.525.0", "container": "2.1550.0"},
    ),
    Sdk(
        "aws-sdk-js-v3",
        "AWS SDK for JavaScript 3",
        (_KEYS, _PROFILE, _WEB, _CONTAINER, _INSTANCE),
        {"web identity": "3.27.0", "container": "3.458.0"},
        aliases=("javascript", "node"),
    ),
    Sdk(
        "aws-sdk-net-v3",
        "AWS SDK for .NET 3",
        (_WEB, _PROFILE, _KEYS, _CONTAINER, _INSTANCE),
        {"web identity": "3.3.659.1", "container": "3.7.734.0"},
        module="AWSSDK.SecurityToken",
    ),
    Sdk(
        "aws-sdk-net-v4",
        "AWS SDK for .NET 4",
        _USUAL,
        {"web identity": "", "container": ""},
        module="AWSSDK.SecurityToken",
    ),
    Sdk("aws-sdk-ruby", "AWS SDK for Ruby 3", _USUAL, {"web identity": "3.58.0", "container": "3.188.0"}),
    Sdk(
        "aws-sdk-php",
        "AWS SDK for PHP 3",
        (_KEYS, _WEB, _PROFILE, _CONTAINER, _INSTANCE),
        {"web identity": "3.110.7", "container": "3.287.1"},
    ),
    Sdk(
        "aws-sdk-cpp",
        "AWS SDK for C++",
        (_KEYS, _PROFILE, _WEB, _CONTAINER, _INSTANCE),
        {"web identity": "1.7.174", "container": "1.11.263"},
    ),
    Sdk(
        "aws-sdk-rust",
        "AWS SDK for Rust",
        (_KEYS, _PROFILE, _WEB, _CONTAINER, _INSTANCE),
        {"container": "release-2024-03-13"},
    ),
)

_BY_NAME = {
    alias.removeprefix("aws-sdk-") if short else alias: sdk
    for short in (True, False)
    for sdk in SDKS
    for alias in (sdk.name, sdk.name.replace("-v", ""), sdk.name.replace("-net", "-dotnet"), *sdk.aliases)
}


class SdkVersion(Struct, frozen=True):
    """An SDK that a program uses; ``version`` is empty where it is not known."""

    sdk: Sdk
    version: str

    def knows(self, feature: Feature) -> Truth:
        """Return whether this version knows a source of credentials, None where that is not known."""
        first = self.sdk.first_versions.get(feature)
        if first is None or (first and not self.version):
            return None
        if not first:
            return True
        if first.startswith("release-") != self.version.startswith("release-"):
            return None
        given, bound = _numbers(self.version), _numbers(first)
        if given == bound[: len(given)] and len(given) < len(bound):
            return None  # 2.15 may be any release of 2.15
        return given >= bound


def sdk_names() -> tuple[str, ...]:
    """Return the names that ``--sdk`` takes."""
    return tuple(sdk.name for sdk in SDKS)


def parse_sdk(text: str) -> SdkVersion | None:
    """Return the SDK of ``NAME@VERSION`` or ``NAME``, None for an unknown name or a version without a number.

    A name that has two generations takes the one of the version: ``aws-sdk-java@1.11.0``.
    """
    name, _, version = text.strip().lower().partition("@")
    version = version.removeprefix("v")
    if version and not re.fullmatch(r"(?:release-)?[0-9]+(?:[.-][0-9]+)*", version):
        return None
    generation = version.partition(".")[0]
    sdk = _BY_NAME.get(name) or (_BY_NAME.get(f"{name}-v{generation}") if generation.isdigit() else None)
    return SdkVersion(sdk, version) if sdk else None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"[0-9]{1,9}", version))


# User agents, file names of vendored code and modules, as logs show them.
_MENTIONS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\bBotocore/(?P<version>[0-9.]+)", re.IGNORECASE), "botocore"),
    (re.compile(r"\bbotocore[-=]{1,2}(?P<version>[0-9.]+)"), "botocore"),
    (re.compile(r"\bBoto3/(?P<version>[0-9.]+)", re.IGNORECASE), "boto3"),
    (re.compile(r"\baws-cli/(?P<version>1\.[0-9.]+)"), "aws-cli-v1"),
    (re.compile(r"\baws-cli/(?P<version>2\.[0-9.]+)"), "aws-cli-v2"),
    (re.compile(r"\baws-sdk-go(?:/|@v)(?P<version>1\.[0-9.]+)"), "aws-sdk-go-v1"),
    (re.compile(r"\baws-sdk-java/(?P<version>1\.[0-9.]+)"), "aws-sdk-java-v1"),
    (re.compile(r"\baws-java-sdk-[a-z0-9]+-(?P<version>1\.[0-9.]+)"), "aws-sdk-java-v1"),
    (re.compile(r"\baws-sdk-java/(?P<version>2\.[0-9.]+)"), "aws-sdk-java-v2"),
    (re.compile(r"\baws-sdk-nodejs/(?P<version>2\.[0-9.]+)"), "aws-sdk-js-v2"),
    (re.compile(r"\baws-sdk-js/(?P<version>3\.[0-9.]+)"), "aws-sdk-js-v3"),
    (re.compile(r"\baws-sdk-core-(?P<version>3\.[0-9.]+)"), "aws-sdk-ruby"),
    (re.compile(r"\baws-sdk-ruby3?/(?P<version>3\.[0-9.]+)"), "aws-sdk-ruby"),
    (re.compile(r"\baws-sdk-php/(?P<version>3\.[0-9.]+)"), "aws-sdk-php"),
    (re.compile(r"\baws-sdk-cpp/(?P<version>1\.[0-9.]+)"), "aws-sdk-cpp"),
    (re.compile(r"\baws-sdk-dotnet-[a-z0-9]+/(?P<version>3\.[0-9.]+)"), "aws-sdk-net-v3"),
    # Without a version: whose words or files these are.
    (re.compile(r"com\.amazonaws\.(?:services|auth|SdkClientException|AmazonClientException)"), "aws-sdk-java-v1"),
    (re.compile(r"software\.amazon\.awssdk"), "aws-sdk-java-v2"),
    (re.compile(r"botocore(?:\.exceptions|\.errorfactory|/credentials\.py)"), "botocore"),
    (re.compile(r"@smithy/credential-provider|@aws-sdk/credential-provider"), "aws-sdk-js-v3"),
    (re.compile(r"\bWebIdentityErr: |NoCredentialProviders: |EC2MetadataError: "), "aws-sdk-go-v1"),
    (re.compile(r"\boperation error [A-Z][\w ]*: \w+, "), "aws-sdk-go-v2"),
    (re.compile(r"Aws::[A-Z]\w*::Errors::"), "aws-sdk-ruby"),
)


def mentioned(text: str) -> Iterator[SdkVersion]:
    """Yield the SDKs that a line of a log shows, those with a version first."""
    is_cli = "aws-cli/" in text
    for pattern, name in _MENTIONS:
        match = pattern.search(text)
        if match is not None and not (is_cli and name == "botocore"):  # the CLI brings a botocore of its own
            version = match.groupdict().get("version") or ""
            yield SdkVersion(_BY_NAME[name], version.strip("."))


def winner(configured: frozenset[CredentialSource], sdk: Sdk | None) -> CredentialSource | None:
    """Return the source that a program takes, None where that depends on its SDK.

    The instance is there for everybody, last. Without an SDK the source is known where all of them agree.
    """
    if sdk is None:
        return _agreed(configured)
    return _first(sdk, configured)


def _first(sdk: Sdk, configured: frozenset[CredentialSource]) -> CredentialSource:
    return next(source for source in sdk.order if source in configured or source == "instance")


@lru_cache(maxsize=256)
def _agreed(configured: frozenset[CredentialSource]) -> CredentialSource | None:
    found = {_first(each, configured) for each in SDKS}
    return found.pop() if len(found) == 1 else None
