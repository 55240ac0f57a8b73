"""How clients come to their identity: kubeconfigs, and the profiles of the AWS CLI. Keys and tokens have no field."""

from msgspec import Struct

_CLUSTER_OPTIONS = ("--cluster-name", "--cluster-id", "-i")


class CredentialPlugin(Struct, frozen=True):
    """The command that a kubeconfig runs for a token. Of its environment only names that steer AWS clients are kept."""

    api_version: str
    command: str
    arguments: tuple[str, ...]
    environment: dict[str, str]

    def option(self, *names: str) -> str:
        """Return the value of an option, given as ``--name value`` or ``--name=value``; empty where it is not set."""
        index = self.position(*names)
        if index < 0 or index >= len(self.arguments):
            return ""
        name, equals, value = self.arguments[index].partition("=")
        return value if equals and name in names else self.arguments[index]

    def position(self, *names: str) -> int:
        """Return which argument has the value of an option, -1 where it is not set."""
        for index, argument in enumerate(self.arguments):
            name, equals, _ = argument.partition("=")
            if name in names:
                return index if equals else index + 1
        return -1

    @property
    def cluster_name(self) -> str:
        """Return the cluster that the token is made for (T2)."""
        return self.option(*_CLUSTER_OPTIONS)

    @property
    def cluster_position(self) -> int:
        """Return which argument names the cluster."""
        return self.position(*_CLUSTER_OPTIONS)

    @property
    def role_arn(self) -> str:
        """Return the role that the plugin assumes first, empty for none (T5, T8)."""
        return self.option("--role-arn", "--role", "-r")

    @property
    def profile(self) -> str:
        """Return the profile that the plugin uses, empty for the default one."""
        return self.option("--profile") or self.environment.get("AWS_PROFILE", "")


class Kubeconfig(Struct, frozen=True):
    """One context of a kubeconfig. ``has_token`` and ``has_certificate`` tell what the user entry holds besides.

    ``position`` and ``user_position`` are the places of cluster and user in their lists, -1 where there is none.
    ``cluster`` is the name that the kubeconfig gives to the cluster.
    """

    context: str
    is_current: bool
    server: str
    certificate_authority: str
    plugin: CredentialPlugin | None
    has_token: bool
    has_certificate: bool
    position: int = -1
    user_position: int = -1
    cluster: str = ""


class AwsProfile(Struct, frozen=True):
    """A profile of the AWS CLI's configuration; ``role_arn`` is the role that it assumes, empty for none."""

    name: str
    role_arn: str
    source_profile: str
    line: int


class TerraformProvider(Struct, frozen=True):
    """A provider block of a Terraform configuration, as ``terraform show -json`` prints it.

    ``role_arn`` is the role that the provider itself assumes. ``token_from`` are the addresses that its token is
    taken from, empty without a token; ``has_host`` tells whether it names a server or a kubeconfig.
    """

    name: str
    role_arn: str
    token_from: tuple[str, ...]
    has_host: bool
    plugin: CredentialPlugin | None

    @property
    def is_cluster_client(self) -> bool:
        """Return whether the provider talks to a Kubernetes API."""
        return self.name in ("kubernetes", "helm", "kubectl")

    @property
    def planned_token(self) -> bool:
        """Return whether the token is made by the data source, once, when Terraform reads it (F1)."""
        return any(address.startswith("data.aws_eks_cluster_auth") for address in self.token_from)
