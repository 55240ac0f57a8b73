"""Which sources of credentials the manifest of a container offers.

Source: eks-identity section 7.1 and W8. Only what the pod's manifest shows: the program may still choose
another source by itself.
"""

import re

from msgspec import Struct

from trustpath.engine.credentials.sdks import CredentialSource
from trustpath.engine.webhook import POD_IDENTITY_VARIABLES, ROLE_VARIABLE, TOKEN_VARIABLE
from trustpath.model.kubernetes import Container, EnvironmentVariable

STATIC_VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_FULL_URI, _AUTHORIZATION_FILE = POD_IDENTITY_VARIABLES
_PROFILE_VARIABLES = ("AWS_PROFILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE")
_PROFILE_MOUNT = re.compile(r"/\.aws(?:/(?:credentials|config))?/?$")
_PROXIES = ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")


class Credentials(Struct, frozen=True):
    """What the variables of a container say. A name is empty when the variable is not set.

    ``role_hidden`` and ``token_hidden``: the value comes from a ConfigMap or Secret and cannot be read here.
    ``profile`` names the variable or the mount that gives the program a profile, ``half_keys`` an access key's
    variable without the other one; both empty without.
    """

    role_arn: str
    token_file: str
    pod_identity: bool
    static_keys: bool
    role_hidden: bool
    token_hidden: bool
    full_uri: str = ""
    authorization_file: str = ""
    profile: str = ""
    half_keys: str = ""

    @property
    def web_identity(self) -> bool:
        """Return whether both halves of the web identity pair are set to known values."""
        return bool(self.role_arn and self.token_file)

    @property
    def container_pair(self) -> bool:
        """Return whether both halves of the container pair are set to known values."""
        return bool(self.full_uri and self.authorization_file)

    @property
    def configured(self) -> frozenset[CredentialSource]:
        """Return the sources that are there for the program to take."""
        found: set[CredentialSource] = set()
        if self.static_keys:
            found.add("environment keys")
        if self.web_identity or self.token_hidden:
            found.add("web identity")
        if self.profile:
            found.add("profile")
        if self.pod_identity:
            found.add("container")
        return frozenset(found)


def credentials(container: Container) -> Credentials:
    """Read the variables that choose the source of credentials. SDKs take an empty one for not set."""
    # Of doubled names the last one counts, as for the kubelet.
    variables = {variable.name: variable for variable in container.env or ()}
    is_set = {name for name, variable in variables.items() if variable.is_set}
    role, token = variables.get(ROLE_VARIABLE), variables.get(TOKEN_VARIABLE)
    # botocore looks for the key's id first: the secret alone it does not see.
    half = [name for name in STATIC_VARIABLES if name in is_set]
    return Credentials(
        _value(role),
        _value(token),
        not is_set.isdisjoint(POD_IDENTITY_VARIABLES),
        is_set.issuperset(STATIC_VARIABLES),
        role is not None and role.hidden,
        token is not None and token.hidden,
        _value(variables.get(_FULL_URI)),
        _value(variables.get(_AUTHORIZATION_FILE)),
        _profile(container, is_set),
        half[0] if half == [STATIC_VARIABLES[0]] and not container.env_from else "",
    )


def _value(variable: EnvironmentVariable | None) -> str:
    return (variable.value or "") if variable else ""


def _profile(container: Container, is_set: set[str]) -> str:
    named = next((name for name in _PROFILE_VARIABLES if name in is_set), "")
    mounts = (mount.mount_path for mount in container.volume_mounts or () if _PROFILE_MOUNT.search(mount.mount_path))
    return named or next(mounts, "")


def _is_set(container: Container, name: str) -> bool:
    variable = container.variable(name)
    return variable is not None and variable.is_set


def proxy_variable(container: Container) -> str:
    """Return the variable by which a program sends plain HTTP through a proxy, empty without one."""
    return next((name for name in _PROXIES if _is_set(container, name)), "")


def bypasses_proxy(container: Container, host: str) -> bool | None:
    """Return whether NO_PROXY names a host, None where its value is not known.

    Suffixes with and without a dot, ``*`` and, as newer clients read them, networks in CIDR form count.
    """
    known = [container.variable(name) for name in ("NO_PROXY", "no_proxy")]
    if any(variable is not None and variable.hidden for variable in known):
        return None
    entries = [entry.strip() for variable in known for entry in _value(variable).split(",") if entry.strip()]
    return any(_covers(entry, host) for entry in entries)


def _covers(entry: str, host: str) -> bool:
    if entry.endswith(":80"):
        entry = entry.removesuffix(":80")
    bare = entry.strip("[]").partition("://")[2] or entry.strip("[]")
    if bare in ("*", host):
        return True
    if "/" in bare:
        return _in_network(bare, host)
    suffix = bare.removeprefix("*").removeprefix(".")
    return bool(suffix) and host.endswith("." + suffix)


def _in_network(network: str, host: str) -> bool:
    from ipaddress import ip_address, ip_network

    try:
        return ip_address(host) in ip_network(network, strict=False)
    except ValueError:
        return False
