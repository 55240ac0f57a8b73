"""No service account has a rule that holds for the person.

What: evaluates the rules of the accounts in the namespace that the server looks at, highest precedence first.
Why it denies: who is matched by no rule has no account to act as (S6); a rule about a claim that is missing fails (S5).
Not a problem when: the person is not meant to be let in.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.argo_sign_in.rules import CLAIMS, RULE, rules_in, shown_rules
from trustpath.paths.argo_sign_in.walk import Walk
from trustpath.paths.links import Finding


@cause("sso-rule")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold where no rule holds, or one asks for a claim that the person's token does not have."""
    result = walk.result("sso-rule")
    if walk.failed is not None:
        if walk.unknown_name not in CLAIMS:
            return
        metadata = walk.failed.value.metadata
        yield Diagnosis(
            confidence="certain",
            title=f"the rule of `{metadata.name}` asks for {walk.unknown_name}, which {walk.who} does not bring",
            explanation="The server leaves empty claims out. A rule that names one fails, and with it the whole "
            "sign-in: rules of lower precedence are not tried.",
            evidence=result.evidence,
            expected=f"a claim {walk.unknown_name}",
            got="none",
            symptom="rpc error: code = PermissionDenied desc = not allowed",
            help=_help_for_claim(walk),
        )
        return
    elsewhere = _elsewhere(walk)
    yield Diagnosis(
        confidence="certain",
        title=f"no rule of the service accounts in `{walk.namespace}` holds for {walk.who}",
        explanation="Rules count in the server's own namespace, or in the one that it manages."
        if elsewhere
        else f"The token of {walk.who} brings {result.got}.",
        evidence=(*tuple(shown_rules(walk))[:3], *elsewhere) or result.evidence,
        expected=result.expected,
        got=result.got,
        symptom="rpc error: code = PermissionDenied desc = not allowed",
        help=(
            (f"make the account with the rule in namespace {walk.namespace}",)
            if elsewhere
            else ("write a rule for one of these groups, or put the person into a group that a rule names",)
        ),
    )


def _help_for_claim(walk: Walk) -> tuple[str, ...]:
    if walk.unknown_name != "groups":
        return (f"let the provider send {walk.unknown_name}: add its scope to sso.scopes",)
    return (
        "let the provider send groups: add the scope groups to sso.scopes, or set sso.customGroupClaimName",
        "or put the person into a group",
    )


def _elsewhere(walk: Walk) -> tuple[Finding, ...]:
    """Return rules of other namespaces, where there are none in the one that counts."""
    if walk.candidates:
        return ()
    others = (
        item
        for namespace in sorted(walk.snapshot.kubernetes.namespaces())
        if namespace != walk.namespace
        for item in rules_in(walk, namespace)
    )
    return tuple(
        Finding(
            item.source.at("metadata", "annotations", RULE),
            item.value.metadata.annotation(RULE),
            f"in {item.value.metadata.namespace}, where the server does not look",
        )
        for item in others
    )[:2]
