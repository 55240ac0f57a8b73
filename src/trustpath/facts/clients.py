"""How clients come to their identity: kubeconfigs, and the AWS CLI's configuration. Keys and tokens are not read."""

import os
import re
from pathlib import Path

import msgspec
from msgspec import Struct, field

from trustpath.model.answers import Answers, Located
from trustpath.model.client import AwsProfile, CredentialPlugin, Kubeconfig
from trustpath.model.source import Source

# The variables of a credential plugin that decide whose token it makes (T5, T6).
_KEPT = frozenset({"AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_STS_REGIONAL_ENDPOINTS", "AWS_ROLE_ARN"})
_SECTION = re.compile(r"\s*\[\s*(?:profile\s+)?([^\]\s]+)\s*\]\s*(?:[#;].*)?\Z")
_VALUE = re.compile(r"(?P<key>role_arn|source_profile)[ \t]*=[ \t]*(?P<value>\S+)", re.IGNORECASE)
PROFILES = re.compile(rb"^\s*\[\s*(?:default|profile\s+\S+)\s*\]", re.MULTILINE)
"""What marks the configuration of the AWS CLI."""


class _Variable(Struct):
    name: str = ""
    value: str = ""


class _Exec(Struct):
    api_version: str = field(name="apiVersion", default="")
    command: str = ""
    args: list[str] | None = None
    env: list[_Variable] | None = None


class _User(Struct):
    exec: _Exec | None = None
    token: str | None = None
    token_file: str | None = field(name="tokenFile", default=None)
    certificate: str | None = field(name="client-certificate-data", default=None)
    certificate_file: str | None = field(name="client-certificate", default=None)


class _Cluster(Struct):
    server: str = ""
    authority: str = field(name="certificate-authority-data", default="")


class _Context(Struct):
    cluster: str = ""
    user: str = ""


class _NamedUser(Struct):
    name: str = ""
    user: _User | None = None


class _NamedCluster(Struct):
    name: str = ""
    cluster: _Cluster | None = None


class _NamedContext(Struct):
    name: str = ""
    context: _Context | None = None


class _Config(Struct):
    clusters: list[_NamedCluster] | None = None
    contexts: list[_NamedContext] | None = None
    users: list[_NamedUser] | None = None
    current: str = field(name="current-context", default="")


_decode = msgspec.json.Decoder(_Config).decode


def read_kubeconfig(data: bytes | msgspec.Raw, source: Source, answers: Answers) -> None:
    """Add the contexts of a kubeconfig. Raises msgspec.DecodeError when it has another form."""
    config = _decode(data)
    clusters = {item.name: (index, item.cluster) for index, item in enumerate(config.clusters or ())}
    users = {item.name: (index, item.user) for index, item in enumerate(config.users or ())}
    for named in config.contexts or (_NamedContext(config.current),):
        context = named.context or _Context()
        position, cluster = clusters.get(context.cluster, (-1, None))
        user_position, user = users.get(context.user, (-1, None))
        value = _kubeconfig(named.name, config.current, cluster or _Cluster(), user or _User())
        placed = msgspec.structs.replace(value, position=position, user_position=user_position, cluster=context.cluster)
        answers.kubeconfigs.append(Located(placed, source))


def _kubeconfig(context: str, current: str, cluster: _Cluster, user: _User) -> Kubeconfig:
    plugin = None
    if user.exec is not None:
        environment = {item.name: item.value for item in user.exec.env or () if item.name in _KEPT}
        plugin = CredentialPlugin(user.exec.api_version, user.exec.command, tuple(user.exec.args or ()), environment)
    return Kubeconfig(
        context,
        context == current,
        cluster.server,
        cluster.authority,
        plugin,
        bool(user.token or user.token_file),
        bool(user.certificate or user.certificate_file),
    )


def read_own_profiles(answers: Answers) -> None:
    """Add the profiles of the user's own AWS CLI, where it has a configuration that can be read."""
    file = Path(os.environ.get("AWS_CONFIG_FILE") or "~/.aws/config").expanduser()
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return
    read_profiles(text, Source(str(file)), answers)


def read_profiles(text: str, source: Source, answers: Answers) -> None:
    """Add the profiles of ``~/.aws/config``: sections, and of their values those that lead to a role.

    The AWS CLI passes over lines that it does not know, and so does this; an indented line belongs to the one above.
    """
    found: dict[str, dict[str, str]] = {}
    lines: dict[str, int] = {}
    values: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if match := _SECTION.match(line):
            values = found.setdefault(match[1], {})
            lines.setdefault(match[1], number)
        elif match := _VALUE.match(line):
            values[match["key"].lower()] = match["value"]
    for name, of_profile in found.items():
        profile = AwsProfile(name, of_profile.get("role_arn", ""), of_profile.get("source_profile", ""), lines[name])
        answers.aws_profiles.append(Located(profile, Source.of_line(source.file, profile.line)))
