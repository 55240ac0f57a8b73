"""The role may do it, on other resources only.

What: looks for a statement that covers the action and not the resource.
Why it denies: an ARN that is not covered is denied; a bucket and its objects are two resources.
Not a problem when: the question names another resource than the program uses.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.iam.near_misses import ResourceMiss
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.permission_misses import by_message, denial, denied, identity_miss, sureness
from trustpath.paths.pod_to_aws.walk import Walk


@cause("permissions", "role-chain", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when only the Resource element keeps the nearest statement from allowing."""
    for found in denied(walk, "identity"):
        kind, result = identity_miss(found)
        if kind != "resource" or result is None or found.decision.result == "explicitly-denied":
            continue
        if found.action.lower().startswith("kms:"):
            continue
        miss = next(miss for miss in result.misses if isinstance(miss, ResourceMiss))
        texts = miss.resources
        place = found.sources[result.policy]
        shown = ", ".join(text.value for text in texts)
        yield Diagnosis(
            confidence=sureness(walk, found),
            title=f"role `{found.session.role.name}` may {found.action} on other resources only",
            explanation=f"{result.policy.removeprefix('policy ')} covers {shown}.",
            evidence=(
                *(Finding(place.at(*text.path), text.value, "covers only this") for text in texts),
                *by_message(walk),
            ),
            expected=found.resource or "*",
            got=shown,
            symptom=denial(found, "identity", explicit=False),
            help=_help(found.resource, shown),
        )
        return


def _help(resource: str, shown: str) -> tuple[str, ...]:
    """Return what to write. The commonest slip is a bucket without the star for its objects, or the other way round."""
    bucket = resource.startswith("arn:aws:s3:::") or ":s3:::" in resource
    if bucket and resource.partition("/")[0] == shown.removesuffix("/*"):
        return (f"a bucket and its objects are two resources: name both, {resource.partition('/')[0]} and its /*",)
    return (f"add {resource or 'the resource'} to the statement's resources",)
