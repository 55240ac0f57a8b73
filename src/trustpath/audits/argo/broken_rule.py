"""A rule of an account cannot be evaluated (AW-221)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, shown
from trustpath.engine.argo.expression import Claims, NotEvaluatedError, RuleError, evaluate
from trustpath.paths.argo_sign_in.rules import RULE
from trustpath.paths.links import Finding

EVERY_CLAIM: Claims = {
    "email": "somebody@example.com",
    "exp": 0,
    "groups": ["some-group"],
    "iss": "argo-server",
    "name": "Somebody",
    "preferred_username": "somebody",
    "service_account_name": "somebody",
    "service_account_namespace": "somewhere",
    "sub": "somebody",
}


@marked("AW-221", "high", "ServiceAccount", breaks=True, cause="argo-sso-rule-error", by_mode=True)
def check(audit: Audit) -> Iterator[Found]:
    """Hold for a rule that fails even for a person with every claim."""
    for item in audit.mapped_accounts:
        metadata = item.value.metadata
        namespace = metadata.namespace or "default"
        try:
            evaluate(metadata.annotation(RULE), EVERY_CLAIM)
        except RuleError as error:
            yield Found(
                shown((namespace, metadata.name)),
                namespace,
                f"the rule of `{metadata.name}` fails: {error.problem}",
                (Finding(item.source.at("metadata", "annotations", RULE), metadata.annotation(RULE), error.problem),),
                ("mend the rule: \"'GROUP' in groups\"",),
                "Whoever no rule before it lets in is refused.",
            )
        except NotEvaluatedError:
            continue
