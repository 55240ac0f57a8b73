"""The trust policy names another service account.

What: compares the :sub condition with the pod's namespace and service account, part by part.
Why it denies: the subject of the token is the pod's own account, and the value has to be that.
Not a problem when: the role is meant for that other account.
"""

import difflib
from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.iam.wildcards import has_wildcard
from trustpath.engine.messages.sts import NOT_AUTHORIZED
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.trust_misses import Subject, claim_misses, fits, update_commands
from trustpath.paths.pod_to_aws.walk import Walk


@cause("trust-policy")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the account's name does not fit the value, or the value is no subject at all."""
    if walk.trust is None:
        return
    policy = walk.trust.role.source.at("AssumeRolePolicyDocument")
    for found in claim_misses(walk.trust, "sub"):
        text = found.nearest.value
        named = Subject.parse(text)
        if text == walk.trust.call.audience or text.startswith("sts."):
            continue  # see trust-aud-sub-swapped
        if has_wildcard(text) and fits(text, walk.subject):
            continue  # see trust-wildcard-with-stringequals
        if named is not None and fits(named.name, walk.account_name):
            continue  # see trust-sub-namespace-mismatch
        expected, focus, other = walk.subject, (0, 0), "another service account"
        if named is not None and fits(named.namespace, walk.namespace):
            expected, focus = walk.account_name, (len(text) - len(named.name), len(named.name))
            other = f"service account `{named.name}`, not `{walk.account_name}`"
        yield Diagnosis(
            confidence="certain",
            title=f"the trust policy of `{walk.trust.role.value.name}` admits {other}",
            explanation=_why(text, named, walk),
            evidence=(
                Finding(policy.at(*found.nearest.path), text, f"expected {expected}", focus),
                *(
                    [
                        Finding(
                            walk.account.source.at("metadata", "name"),
                            walk.account_name,
                            "the pod runs as this account",
                        )
                    ]
                    if walk.account
                    else []
                ),
            ),
            expected=walk.subject,
            got=text,
            symptom=NOT_AUTHORIZED,
            help=(
                f"in the trust policy of {walk.trust.role.value.name}, set {found.miss.condition.key} "
                f"to {walk.subject}",
                "or run the pod under the account that is named there",
                *update_commands(walk.trust.role.value.name),
            ),
        )


def _why(text: str, named: Subject | None, walk: Walk) -> str:
    if named is None:
        return f"`{text}` has not the form system:serviceaccount:<namespace>:<name>."
    if (named.namespace, named.name) == (walk.account_name, walk.namespace):
        return "Namespace and name are swapped."
    if named.name.strip().lower() == walk.account_name.lower():
        return "The names differ in case or by a blank."
    if difflib.SequenceMatcher(None, named.name, walk.account_name).ratio() > 0.8:
        return f"`{named.name}` and `{walk.account_name}` are nearly the same name: one is mistyped."
    return f"The pod runs as `{walk.namespace}/{walk.account_name}`, the policy names `{named.namespace}/{named.name}`."
