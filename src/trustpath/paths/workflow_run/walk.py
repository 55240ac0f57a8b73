"""What the links of a workflow run have found so far."""

from dataclasses import dataclass

from trustpath.engine.argo.needs import TakenToken
from trustpath.model.argo import Installation, WrittenWorkflow
from trustpath.model.argo_workflows import WorkflowSpec
from trustpath.model.question import WorkflowRun
from trustpath.model.source import Source
from trustpath.paths.kubernetes_request.walk import Walk
from trustpath.paths.links import Sentences


@dataclass
class WorkflowWalk(Walk):
    """What the links have found so far. ``user`` and ``request`` are those of the first request that is refused.

    ``spec`` is what runs, with the template that the workflow is made of, and ``spec_place`` where it stands.
    ``missing_token`` is one that is not there.
    """

    workflow: WrittenWorkflow | None = None
    spec: WorkflowSpec | None = None
    installation: Installation | None = None
    spec_place: Source | None = None
    missing_token: TakenToken | None = None

    @property
    def run(self) -> WorkflowRun:
        """Return the question."""
        assert isinstance(self.question, WorkflowRun)  # noqa: S101  # this path has no other
        return self.question

    @property
    def namespace(self) -> str:
        """Return where the steps run."""
        return self.run.namespace

    @property
    def defaults(self) -> WorkflowSpec:
        """Return what workflows have that do not say otherwise."""
        settings = self.installation.settings if self.installation else None
        return settings.defaults if settings else WorkflowSpec()

    @property
    def shown(self) -> str:
        """Return the workflow as people write it."""
        return f"{self.run.target_kind} {self.run.namespace}/{self.run.name}"

    @property
    def sentences(self) -> Sentences:
        """Return how to say the verdict."""
        return Sentences(
            f"the steps of {self.shown} may do what Argo and its templates need",
            f"a step of {self.shown} is refused",
            f"a step of {self.shown} is probably refused",
            f"whether the steps of {self.shown} may do what is needed",
        )
