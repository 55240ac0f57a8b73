"""A rule of the user's role has the resource and lacks the verb.

What: finds the rules that match the request in everything but the verb.
Why it denies: each verb is granted by itself; only `*` covers others (R21).
Not a problem when: the user is not meant to do more.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.rbac.request import ResourceRequest
from trustpath.paths.kubernetes_request.findings import EVERYTHING_RULE, RULE, at_rule
from trustpath.paths.kubernetes_request.walk import Walk


@cause("authorization", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold for the rule that names the resource, or that covers everything where no rule names it."""
    if walk.request is None or walk.request.verb == "impersonate":
        return
    miss = next((miss for miss in walk.rule_misses if miss.part == "verb"), None)
    # A rule about everything says nothing of a subresource: that it was thought of is not to be seen.
    of_subresource = isinstance(walk.request, ResourceRequest) and walk.request.subresource
    if miss is None or (not miss.named and of_subresource):
        return
    role = miss.grant.role
    resource = walk.request.combined if isinstance(walk.request, ResourceRequest) else walk.request.path
    yield Diagnosis(
        confidence="certain",
        title=f"{role.kind} `{role.name}` allows {miss.value} on `{resource}`, not {walk.request.verb}",
        explanation=f"The role is granted by {miss.grant.kind} {miss.grant.binding.metadata.name}.",
        evidence=at_rule(walk, miss, f"{walk.request.verb} is not among them"),
        expected=walk.request.verb,
        got=miss.value,
        symptom=walk.message,
        help=(f"in {role}, add {walk.request.verb} to the verbs of rule {miss.rule + 1}",),
        rank=RULE + 3 if miss.named else EVERYTHING_RULE,
    )
