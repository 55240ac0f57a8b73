"""Which source of credentials the environment of a container names.

Source: eks-identity section 7.1 and W8. Only what the pod's manifest shows: the program may still choose
another source by itself.
"""

from msgspec import Struct

from trustpath.engine.webhook import POD_IDENTITY_VARIABLES, ROLE_VARIABLE, TOKEN_VARIABLE
from trustpath.model.kubernetes import Container

STATIC_VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


class Credentials(Struct, frozen=True):
    """What the variables of a container say. A name is empty when the variable is not set.

    ``role_hidden`` and ``token_hidden``: the value comes from a ConfigMap or Secret and cannot be read here.
    """

    role_arn: str
    token_file: str
    pod_identity: bool
    static_keys: bool
    role_hidden: bool
    token_hidden: bool

    @property
    def web_identity(self) -> bool:
        """Return whether both halves of the web identity pair are set to known values."""
        return bool(self.role_arn and self.token_file)


def credentials(container: Container) -> Credentials:
    """Read the variables that choose the source of credentials. SDKs take an empty one for not set."""
    role = container.variable(ROLE_VARIABLE)
    token = container.variable(TOKEN_VARIABLE)
    return Credentials(
        (role.value or "") if role else "",
        (token.value or "") if token else "",
        any(_is_set(container, name) for name in POD_IDENTITY_VARIABLES),
        all(_is_set(container, name) for name in STATIC_VARIABLES),
        role is not None and role.hidden,
        token is not None and token.hidden,
    )


def _is_set(container: Container, name: str) -> bool:
    variable = container.variable(name)
    return variable is not None and variable.is_set
