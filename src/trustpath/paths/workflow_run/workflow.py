"""The first link: the workflow is there, and what it is made of."""

from difflib import get_close_matches

from trustpath.engine.argo.references import expanded, merged
from trustpath.errors import QuestionError
from trustpath.model.argo import installations, written_workflows
from trustpath.model.argo_workflows import TemplateReference, WorkflowSpec
from trustpath.model.fact import Absent, Denied, NotCollected
from trustpath.model.snapshot import Snapshot
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
        return _with_references(walk, ok(f"{walk.shown} is there", place))
    kind = "ClusterWorkflowTemplate" if reference.cluster_scope else "WorkflowTemplate"
    walk.snapshot.kubernetes.want(kind, "" if reference.cluster_scope else walk.namespace, reference.name)
    for item in written_workflows(walk.snapshot):
        home = "" if reference.cluster_scope else walk.namespace
        if (item.kind, item.namespace, item.name) == (kind, home, reference.name):
            walk.spec, walk.spec_place = merged(walk.workflow.spec, item.spec), item.place
            return _with_references(walk, ok(f"{walk.shown} is made of {item.shown}", place))
    fact = walk.snapshot.kubernetes.object(kind, "" if reference.cluster_scope else walk.namespace, reference.name)
    missing = [need(fact)] if isinstance(fact, Denied | NotCollected) else []
    return unknown(f"{kind} {reference.name}, of which it is made, was not read", *missing)


def _with_references(walk: WorkflowWalk, found: LinkResult) -> LinkResult:
    """Return the link with the templates of other objects that steps name; unknown where one was not read."""
    assert walk.spec is not None  # noqa: S101  # just found
    walk.spec, missing = expanded(walk.spec, lambda reference: referenced(walk.snapshot, walk.namespace, reference))
    if not missing:
        return found
    first = missing[0]
    kind = "ClusterWorkflowTemplate" if first.cluster_scope else "WorkflowTemplate"
    home = "" if first.cluster_scope else walk.namespace
    fact = walk.snapshot.kubernetes.object(kind, home, first.name)
    needs = [need(fact)] if isinstance(fact, Denied | NotCollected) else []
    return unknown(f"template {first.template} of {kind} {first.name}, which a step names, was not read", *needs)


def referenced(snapshot: Snapshot, namespace: str, reference: TemplateReference) -> WorkflowSpec | None:
    """Return the spec of the object that a reference names, None where it was not read."""
    kind = "ClusterWorkflowTemplate" if reference.cluster_scope else "WorkflowTemplate"
    home = "" if reference.cluster_scope else namespace
    snapshot.kubernetes.want(kind, home, reference.name)
    found = snapshot.kubernetes.known(kind, home, reference.name)
    return found.value.spec if found is not None else None
