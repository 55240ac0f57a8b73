"""The ConfigMap ``kube-system/aws-auth`` as the authenticator reads it."""

from typing import Literal

from msgspec import Struct

AwsAuthKey = Literal["mapRoles", "mapUsers", "mapAccounts"]


class Mapping(Struct, frozen=True):
    """One entry of ``mapRoles`` or ``mapUsers``: an ARN as it is written, and whom it becomes.

    Fields that the authenticator cannot use are empty, as they are for it (C5). ``index`` is the entry's
    place in its list. ``arn_key`` is how the ARN's field is spelled; in an entry without one it is its first field.
    """

    arn: str
    username: str
    groups: tuple[str, ...]
    index: int
    arn_key: str = ""


class UnusableValue(Struct, frozen=True):
    """What the authenticator skips, with all that it takes with it.

    ``index`` and ``field`` are None where the whole value of the key is lost (C4). ``line`` counts from 1
    within the value, 0 where it is not known.
    """

    key: AwsAuthKey
    index: int | None
    field: str | None
    problem: str
    line: int = 0


class AwsAuth(Struct, frozen=True):
    """The mappings in file order, and what could not be used."""

    roles: tuple[Mapping, ...] = ()
    users: tuple[Mapping, ...] = ()
    accounts: tuple[str, ...] = ()
    unusable: tuple[UnusableValue, ...] = ()
