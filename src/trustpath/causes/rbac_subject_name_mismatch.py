"""A binding names another service account or user than the one that asks.

What: looks for bindings that allow the request here and whose subject differs from the user by its name.
Why it denies: names are compared whole and with their case (R14).
Not a problem when: the other subject is meant, and this one is not supposed to do it.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.kubernetes_request.findings import OTHER_NAME, at_role_reference, at_subject
from trustpath.paths.kubernetes_request.walk import Walk


@cause("authorization", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold for the binding whose subject has the nearest name."""
    miss = next((miss for miss in walk.grant_misses if miss.why == "subject-name"), None)
    if miss is None or walk.user is None or walk.uses_default_account:
        return
    grant, subject = miss.grant, miss.grant.subject
    own = walk.account[1] if walk.account else walk.user.name
    of_account = walk.account is not None and subject.kind == "ServiceAccount"
    exists = walk.account_exists(walk.account[0], subject.name) if of_account and walk.account else None
    nobody = exists is False
    if exists and walk.is_bound_here:
        return  # both accounts have bindings of their own: the other one is simply somebody else
    as_user = walk.account is not None and subject.kind == "User"
    yield Diagnosis(
        confidence="certain" if nobody or as_user else "likely",
        title=f"{grant.kind} `{grant.binding.metadata.name}` grants this to {subject.kind} `{subject.name}`, "
        f"not to `{own}`",
        explanation=f"A service account is bound as kind ServiceAccount, or as the user {walk.user.name}."
        if as_user
        else (f"There is no service account {subject.name}. " if nobody else "")
        + "Names are compared whole, case included.",
        evidence=(
            *at_subject(walk, miss, "name", f"expected {own}"),
            *at_role_reference(walk, grant, "this role allows it"),
        ),
        expected=own,
        got=subject.name,
        symptom=walk.message,
        help=(
            f"in {grant.kind} {grant.binding.metadata.name}, name {own} as a subject",
            f"or run the workload as {subject.name}",
        )
        if walk.account and not as_user
        else (f"in {grant.kind} {grant.binding.metadata.name}, name {walk.who}",),
        rank=OTHER_NAME,
    )
