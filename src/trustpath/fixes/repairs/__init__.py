"""What may mend a link, by link. Nothing here is believed: each candidate is proven, or dropped.

A repair knows the link and what keeps it from holding, and no single cause: a new cause has its fixes already.
"""

from collections.abc import Callable, Iterator
from typing import Any, get_type_hints

from trustpath.fixes.repairs import (
    admission,
    argo_token_secret,
    authorization,
    binding,
    mapping,
    node,
    oidc_provider,
    permissions,
    role_arn,
    service_account,
    token,
    trust_policy,
)
from trustpath.model.fix import Candidate
from trustpath.paths.links import Walk
from trustpath.paths.pod_to_aws.walk import Walk as PodWalk

Repair = Callable[[Any], Iterator[Candidate]]
REPAIRS: dict[str, Repair] = {
    "account": service_account.repair_caller,
    "admission": admission.repair,
    "authorization": authorization.repair,
    "binding": binding.repair,
    "mapping": mapping.repair,
    "node": node.repair,
    "oidc-provider": oidc_provider.repair,
    "permissions": permissions.repair,
    "role-arn": role_arn.repair,
    "service-account": service_account.repair,
    "stored-token": argo_token_secret.repair_workflow,
    "token": token.repair,
    "token-secret": argo_token_secret.repair,
    "trust-policy": trust_policy.repair,
}
"""By the link's id: a link of the same id is the same link on every path."""


_OF_THE_POD = frozenset({"binding", "role-arn", "service-account", "token", "trust-policy"})
"""Links that a pod may break that was made of something else than stands there now."""


def candidates(walk: Walk) -> Iterator[Candidate]:
    """Yield what may mend the link that broke first, what is wrong there with the least first."""
    broken = next((link for link, result in walk.results.items() if result.state == "broken"), "")
    repair = REPAIRS.get(broken)
    # A message that stands alone has links of these names, too, and no facts behind them.
    if repair is not None and isinstance(walk, get_type_hints(repair)["walk"]):
        yield from repair(walk)
        # A pod may differ from its template, or from what admission would make of it today. A user who may not read the
        # token's file may not read that of a new pod either.
        if isinstance(walk, PodWalk) and broken in _OF_THE_POD and walk.token_readable is not False:
            yield from admission.repair(walk)
