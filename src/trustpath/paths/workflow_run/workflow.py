"""The first link: the workflow is there, and what it is made of."""

from difflib import get_close_matches

from msgspec import structs

from trustpath.errors import QuestionError
from trustpath.model.argo import installations, written_workflows
from trustpath.model.fact import Absent, Denied, NotCollected
from trustpath.paths.links import Finding, LinkResult, need, ok, unknown
from trustpath.paths.workflow_run.walk import WorkflowWalk


def follow(walk: WorkflowWalk) -> LinkResult:
    """Return what this link found. Raises QuestionError where the facts show that it is not there."""
    asked = walk.run
    facts = walk.snapshot.kubernetes
    facts.want("Deployment")
    where = "" if asked.target_kind == "ClusterWorkflowTemplate" else asked.namespace
    found = [item for item in written_workflows(walk.snapshot) if item.kind == asked.target_kind]
    walk.installation = next((item for item in installations(walk.snapshot) if item.watches(asked.namespace)), None)
    for item in found:
        if item.name.rstrip("-") == asked.name.rstrip("-") and item.namespace == where:
            walk.workflow, walk.spec, walk.spec_place = item, item.spec, item.place
            return _made_of(walk, Finding(item.located.source.at("metadata", "name"), item.name))
    fact = facts.object(asked.target_kind, where, asked.name)
    if isinstance(fact, Absent) and (found or not fact.implied):
        near = get_close_matches(asked.name, [item.name for item in found], 1)
        there = ", ".join(item.shown for item in found[:5])
        raise QuestionError(
            f"no {walk.shown}", f"did you mean {near[0]}?" if near else f"there are {there}" if there else ""
        )
    missing = [need(fact)] if isinstance(fact, Denied | NotCollected) else []
    return unknown(f"{walk.shown} was not read", *missing)


def _made_of(walk: WorkflowWalk, place: Finding) -> LinkResult:
    """Return the link for a workflow, with the template that it names."""
    assert walk.workflow is not None  # noqa: S101  # just found
    reference = walk.workflow.spec.workflow_template_ref
    if reference is None or not reference.name:
        return ok(f"{walk.shown} is there", place)
    kind = "ClusterWorkflowTemplate" if reference.cluster_scope else "WorkflowTemplate"
    walk.snapshot.kubernetes.want(kind, "" if reference.cluster_scope else walk.namespace, reference.name)
    for item in written_workflows(walk.snapshot):
        home = "" if reference.cluster_scope else walk.namespace
        if (item.kind, item.namespace, item.name) == (kind, home, reference.name):
            own = walk.workflow.spec.service_account_name or item.spec.service_account_name
            walk.spec, walk.spec_place = structs.replace(item.spec, service_account_name=own), item.place
            return ok(f"{walk.shown} is made of {item.shown}", place)
    fact = walk.snapshot.kubernetes.object(kind, "" if reference.cluster_scope else walk.namespace, reference.name)
    missing = [need(fact)] if isinstance(fact, Denied | NotCollected) else []
    return unknown(f"{kind} {reference.name}, of which it is made, was not read", *missing)
