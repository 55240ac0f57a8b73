"""Asks every question of a scan before and after manifests are applied, and says what changes."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from trustpath.answer import answer, left_out
from trustpath.errors import QuestionError
from trustpath.facts.positions import Places
from trustpath.fixes.application import apply
from trustpath.fixes.planned import apply_plan
from trustpath.fixes.plans import question_after
from trustpath.fixes.reach import rights_gained
from trustpath.model.fix import ApplyObject, Change, Restart
from trustpath.model.impact import SCHEMA_VERSION, Impact, Verdict
from trustpath.model.kubernetes import TEMPLATED
from trustpath.model.question import PodToAws, Question
from trustpath.model.snapshot import Snapshot
from trustpath.model.terraform_plan import PlannedResource
from trustpath.model.trace import Outcome
from trustpath.paths import follow_question
from trustpath.paths.links import outcome
from trustpath.scan import units
from trustpath.scan.scope import Scope, Unit


def impact(
    before: Snapshot,
    places: Places,
    scope: Scope,
    manifests: tuple[ApplyObject, ...],
    plan: tuple[PlannedResource, ...],
    accepted: tuple[str, ...],
) -> Impact:
    """Return what applying manifests and a plan changes. ``accepted`` are patterns of grants that are meant."""
    scope.want(before)
    applied, unread = apply_plan(apply(before, manifests), plan)
    restarts = tuple(_restarts(before, applied, scope))
    after = apply(applied, restarts)
    changed: list[Verdict] = []
    unchanged = 0
    for unit in _all_units(before, after, scope):
        was, _ = _ask(before, unit.question, places)
        now, why = _ask(after, _asked_after(unit, restarts), places)
        if was == now:
            unchanged += 1
        else:
            changed.append(Verdict(unit.subject, was, now, why))
    granted = sorted(set(rights_gained(before, after)))
    unexpected = [line for line in granted if not any(fnmatchcase(line, pattern) for pattern in accepted)]
    order = {"denied": 0, "unknown": 1, "allowed": 2}
    return Impact(
        SCHEMA_VERSION,
        tuple(sorted(changed, key=lambda item: (order[item.after], item.subject))),
        tuple(unexpected),
        tuple(sorted(set(rights_gained(after, before)))),
        unchanged,
        len(granted) - len(unexpected),
        unread,
        left_out(before),
    )


def _all_units(before: Snapshot, after: Snapshot, scope: Scope) -> Iterator[Unit]:
    """Yield the units of both, once: who is in no entry any more is asked about all the same."""
    seen: set[str] = set()
    for snapshot in (before, after):
        for unit in units(snapshot, scope):
            if unit.subject not in seen:
                seen.add(unit.subject)
                yield unit


def _restarts(before: Snapshot, after: Snapshot, scope: Scope) -> Iterator[Change]:
    """Yield the workloads whose pods are made anew: their template is another one, or their service account."""
    changed = _changed(before, after)
    for unit in units(before, scope):
        question = unit.question
        if not isinstance(question, PodToAws) or question.target_kind != "Pod":
            continue
        kind, name = unit.workload
        pod = before.kubernetes.known("Pod", unit.namespace, question.name)
        account = pod.value.spec.account if pod is not None else ""
        if (kind, unit.namespace, name) in changed or ("ServiceAccount", unit.namespace, account) in changed:
            yield Restart(kind if kind in TEMPLATED else "Pod", unit.namespace, name)


def _changed(before: Snapshot, after: Snapshot) -> set[tuple[str, str, str]]:
    """Return kind, namespace and name of the objects that are changed, made or deleted."""
    old, new = (
        {
            id(item.value): (kind, item.value.metadata.namespace or "default", item.value.metadata.name)
            for kind, item in snapshot.answers.objects
        }
        for snapshot in (before, after)
    )
    return {new[key] for key in new.keys() - old.keys()} | {old[key] for key in old.keys() - new.keys()}


def _asked_after(unit: Unit, restarts: tuple[Change, ...]) -> Question:
    kind, name = unit.workload
    own = tuple(
        change
        for change in restarts
        if isinstance(change, Restart) and (change.namespace, change.name) == (unit.namespace, name)
    )
    return question_after(unit.question, own) if kind else unit.question


def _ask(snapshot: Snapshot, question: Question, places: Places) -> tuple[Outcome, str]:
    """Return the answer and its sentence; a question about what is not there has none."""
    try:
        walk = follow_question(snapshot, question)
    except QuestionError as error:
        return "unknown", error.message
    return outcome(walk.results.values()), answer(walk, places).summary
