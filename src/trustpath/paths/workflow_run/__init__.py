"""Workflow run: may the steps of a workflow do what Argo and their templates do with their accounts?"""

from trustpath.engine.messages.symptom import Symptom
from trustpath.model.question import WorkflowRun
from trustpath.model.snapshot import Snapshot
from trustpath.paths.links import LinkStep, follow
from trustpath.paths.workflow_run import accounts, rights, token, workflow
from trustpath.paths.workflow_run.walk import WorkflowWalk

LINKS: tuple[LinkStep[WorkflowWalk], ...] = (
    LinkStep("workflow", "the workflow is there", workflow.follow),
    LinkStep("account", "its service accounts exist", accounts.follow),
    LinkStep("stored-token", "the tokens that are mounted are there", token.follow),
    LinkStep("authorization", "the accounts may do what is needed", rights.follow),
)


def follow_workflow_run(snapshot: Snapshot, question: WorkflowRun, symptom: Symptom | None = None) -> WorkflowWalk:
    """Walk the path. Raises QuestionError for a workflow that is not there."""
    walk = WorkflowWalk(snapshot, question, symptom=symptom)
    follow(LINKS, walk)
    return walk
