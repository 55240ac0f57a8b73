"""One kind of message: where it comes from and what it may mean."""

from typing import Literal

from msgspec import Struct

Layer = Literal[
    "agent",
    "argo",
    "authz",
    "ci",
    "client-creds",
    "client-exec",
    "eks-api",
    "eks-auth",
    "iam-api",
    "iam-authz",
    "imds",
    "k8s-node",
    "mapping",
    "net",
    "sdk-chain",
    "sts",
    "tf",
    "tls",
    "token",
    "token-file",
]


class Row(Struct, frozen=True):
    """One kind of message: its number in the reference, the layer, the causes by their ids, the likeliest first.

    ``says`` is what the message means, ``check`` the one thing to look at that decides.
    """

    number: str
    pattern: str
    layer: Layer
    causes: tuple[str, ...]
    says: str
    check: str
