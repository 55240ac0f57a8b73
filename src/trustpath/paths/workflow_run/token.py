"""The third link: the stored tokens that executor and agent take are there (4.3, 4.4)."""

from collections.abc import Iterator

from trustpath.engine.argo.needs import account_of
from trustpath.model.argo_workflows import Template
from trustpath.model.fact import Absent, Denied, Known, NotCollected
from trustpath.paths.argo_sign_in.token_secret import token_name
from trustpath.paths.links import NOT_REACHED, Finding, LinkResult, broken, ok, unknown
from trustpath.paths.workflow_run.walk import WorkflowWalk


def follow(walk: WorkflowWalk) -> LinkResult:
    """Return what this link found."""
    if walk.spec is None or walk.workflow is None:
        return NOT_REACHED
    needed = list(_needed(walk))
    if not needed:
        return LinkResult("not-applicable", "each pod takes the token of its own account, which Kubernetes makes")
    facts = walk.snapshot.kubernetes
    for account, why, place in needed:
        located = facts.service_account(walk.namespace, account)
        name = token_name(located.value.value) if isinstance(located, Known) else f"{account}.service-account-token"
        fact = facts.object("Secret", walk.namespace, name)
        if isinstance(fact, Denied | NotCollected):
            return unknown(f"whether Secret {walk.namespace}/{name} is there was not read", fact)
        if isinstance(fact, Absent):
            if fact.implied and not any(
                (item.value.metadata.namespace or "default") == walk.namespace for item in facts.all_of("Secret")
            ):
                return unknown(f"whether Secret {walk.namespace}/{name} is there was not read")
            walk.missing_token = (account, why, place)
            return broken(
                f"Secret {walk.namespace}/{name}, the token of {account}, does not exist",
                place,
                expected=f"Secret {name}",
                got="none",
            )
    return ok(f"the stored tokens of {', '.join(dict.fromkeys(item[0] for item in needed))} are there")


def _needed(walk: WorkflowWalk) -> Iterator[tuple[str, str, Finding]]:
    """Yield the accounts whose stored token is taken, by whom, and where it says so."""
    workflow, spec = walk.workflow, walk.spec
    if workflow is None or spec is None:
        return
    if spec.executor is not None and spec.executor.service_account_name:
        name = spec.executor.service_account_name
        yield name, "the executor", Finding(workflow.place.at("executor", "serviceAccountName"), name, "the executor's")
    for index, template in enumerate(spec.templates or ()):
        if template.uses_agent:
            place = Finding(workflow.place.at("templates", index, "name"), template.name, "is done by the agent")
            yield account_of(spec, Template(), walk.defaults), "the agent", place
