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

    ``hidden`` is true when a value comes from a ConfigMap or Secret and cannot be read here.
    """

    role_arn: str
    token_file: str
    pod_identity: bool
    static_keys: bool
    hidden: bool

    @property
    def web_identity(self) -> bool:
        """Return whether both halves of the web identity pair are set."""
        return bool(self.role_arn and self.token_file)


def credentials(container: Container) -> Credentials:
    """Read the variables that choose the source of credentials."""
    role = container.variable(ROLE_VARIABLE)
    token = container.variable(TOKEN_VARIABLE)
    return Credentials(
        (role.value or "") if role else "",
        (token.value or "") if token else "",
        any(container.variable(name) for name in POD_IDENTITY_VARIABLES),
        all(container.variable(name) for name in STATIC_VARIABLES),
        any(variable is not None and bool(variable.value_from) for variable in (role, token)),
    )
