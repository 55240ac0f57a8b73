"""What may make the binding name a role that exists."""

from collections.abc import Iterator
from difflib import get_close_matches

from trustpath.fixes.repairs.workloads import annotated_account, restarts
from trustpath.model.arn import RoleArn
from trustpath.model.fix import Candidate
from trustpath.paths.pod_to_aws.binding import roles_for_subject
from trustpath.paths.pod_to_aws.role_arn import namesake_that_trusts_this_pod
from trustpath.paths.pod_to_aws.walk import Walk


def repair(walk: Walk) -> Iterator[Candidate]:
    """Yield the roles that may be meant: in another account, under another path, in another case."""
    if walk.binding is None or walk.binding.origin != "annotation":
        return
    for arn in dict.fromkeys(_meant(walk, walk.binding.role)):
        title = f"annotate {walk.namespace}/{walk.account_name} with {arn}"
        yield Candidate(title, (annotated_account(walk, arn), *restarts(walk)))


def _meant(walk: Walk, written: str) -> Iterator[str]:
    elsewhere = namesake_that_trusts_this_pod(walk)
    if elsewhere is not None:
        yield str(elsewhere[0])
    text = written.strip().strip("'\"")
    if text != written and RoleArn.parse(text) is not None:
        yield text
    name = text.rpartition("/")[2].lower()
    for role in walk.snapshot.aws.roles():
        if role.value.name.lower() == name:
            yield role.value.arn
    # A name that is only like it counts where that role trusts this account already.
    trusting = {role.value.name: role.value.arn for role in roles_for_subject(walk)}
    for near in get_close_matches(name, trusting, 1, 0.8):
        yield trusting[near]
