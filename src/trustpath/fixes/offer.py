"""From proven plans to what is shown: a plan with its proof, what else it opens, and how tools write it."""

from msgspec import structs

from trustpath.causes.catalogue import diagnose
from trustpath.fixes.description import describe
from trustpath.fixes.plans import Plan, plans
from trustpath.fixes.reach import also_grants
from trustpath.fixes.sources import Edit, SourceFile, edits_of
from trustpath.fixes.spelling import spell
from trustpath.model.question import ArgoSignIn, Message, PodToAws
from trustpath.model.trace import Fix, FixStep, Link, Proof
from trustpath.paths.links import Walk, outcome
from trustpath.paths.pod_to_aws.walk import Walk as PodWalk
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk

_MOST = 3
"""How many fixes are shown, of those that are found."""


def offer(walk: Walk, sources: tuple[SourceFile, ...] = ()) -> tuple[tuple[Fix, tuple[Edit, ...]], ...]:
    """Return the fixes of a denied question: the proven ones, those that open nothing besides first; each with the
    edits of the user's own files.
    """
    if outcome(walk.results.values()) != "denied":
        return ()
    causes = [entry.id for entry, diagnosis in diagnose(walk) if diagnosis.confidence != "possible"]
    found = []
    for plan in plans(walk):
        edits, whole = edits_of(plan.changes, walk.snapshot, sources) if sources else ((), False)
        fix = _fix(walk, plan, causes[0] if causes else "")
        found.append((structs.replace(fix, diffs=tuple(edit.shown for edit in edits), in_files=whole), edits))
    return tuple(sorted(found, key=lambda item: item[0].disposition == "review"))[:_MOST]


def _cluster_name(walk: Walk) -> str:
    if isinstance(walk, PodWalk | PrincipalWalk):
        return walk.cluster_name
    return "" if isinstance(walk.question, Message | ArgoSignIn) else walk.question.cluster


def _shown(question: PodToAws) -> str:
    return f"{question.target_kind.lower()} {question.namespace}/{question.name}"


def _fix(walk: Walk, plan: Plan, cause: str) -> Fix:
    others = also_grants(walk, plan.walk, plan.changes)
    links = tuple(
        Link(link, plan.walk.titles[link], result.state, result.says, needs=result.needs)
        for link, result in plan.walk.results.items()
    )
    sentences = plan.walk.sentences
    trace = sentences.holds if plan.outcome == "allowed" else f"cannot tell {sentences.whether}"
    asked, after = walk.question, plan.walk.question
    if isinstance(asked, PodToAws) and isinstance(after, PodToAws):
        # A pod that is made anew is asked about by what makes it.
        trace = trace.replace(_shown(after), _shown(asked))
    missing = tuple(need for link in links if link.state == "unknown" for need in link.needs)
    return Fix(
        "; then ".join(step.title for step in plan.steps),
        cause,
        "review" if others else "safe",
        tuple(line for change in plan.changes for line in describe(change)),
        spell(plan.changes, plan.snapshot, _cluster_name(walk)),
        Proof(plan.outcome, trace, links),
        others,
        tuple(FixStep(step.title, step.link, step.outcome) for step in plan.steps),
        missing if plan.outcome == "unknown" else (),
    )
