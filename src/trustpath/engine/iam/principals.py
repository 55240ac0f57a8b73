"""Does a Principal element name the caller?

Source: iam-evaluation 1.2, eks-identity S7 and S8. ``{"AWS": "*"}`` in an Allow does not cover an OIDC
caller (recorded); whether it does in a Deny is not recorded.
"""

from trustpath.engine.iam.request import OidcPrincipal
from trustpath.engine.iam.three_valued import Truth, some
from trustpath.model.arn import OidcProviderArn
from trustpath.model.policy import PrincipalEntry


def names_caller(entries: tuple[PrincipalEntry, ...], caller: OidcPrincipal, *, deny: bool) -> Truth:
    """Return whether one of the entries is the caller's provider."""
    return some(_names(entry, caller, deny=deny) for entry in entries)


def _names(entry: PrincipalEntry, caller: OidcPrincipal, *, deny: bool) -> Truth:
    if deny and (entry.kind, entry.value) == ("AWS", "*"):
        return None
    if entry.kind == "*":
        # IAM refuses the bare star in a trust policy; what it would cover is not recorded (X13).
        return None
    if entry.kind != "Federated":
        return False
    if caller.provider:
        return entry.value == caller.provider
    arn = OidcProviderArn.parse(entry.value)
    if arn is None or (arn.partition, arn.account) != (caller.partition, caller.account):
        return False
    return None
