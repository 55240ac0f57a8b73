"""A rule of a service account cannot be evaluated, and everybody who comes to it is refused.

What: evaluates the rules as the server does, highest precedence first.
Why it denies: an error in one rule ends the sign-in; rules after it are not tried (S5).
Not a problem when: a rule of higher precedence holds for the person.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.argo_sign_in.rules import CLAIMS, precedence
from trustpath.paths.argo_sign_in.walk import Walk


@cause("sso-rule")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold for a rule that fails for another reason than a claim which the person lacks."""
    result = walk.result("sso-rule")
    if walk.failed is None or walk.unknown_name in CLAIMS:
        return
    metadata = walk.failed.value.metadata
    yield Diagnosis(
        confidence="certain",
        title=f"the rule of `{metadata.name}` fails: {walk.problem}",
        explanation=f"Its precedence is {precedence(walk.failed.value)}: whoever no rule before it lets in is refused.",
        evidence=result.evidence,
        expected="true or false",
        got="an error",
        symptom="rpc error: code = PermissionDenied desc = not allowed",
        help=("mend the rule: \"'GROUP' in groups\", with && and || between several",),
    )
