"""Proves fixes: a change is kept where the same question, asked of the changed facts, is answered with "allowed"."""

from msgspec import Struct, structs

from trustpath.errors import QuestionError
from trustpath.fixes.application import InapplicableError, apply
from trustpath.fixes.aws_auth_text import TextError
from trustpath.fixes.repairs import candidates
from trustpath.model.fix import Candidate, Change, Restart
from trustpath.model.question import PodToAws, Question
from trustpath.model.snapshot import Snapshot
from trustpath.model.trace import Outcome
from trustpath.paths import follow_question
from trustpath.paths.links import Walk, outcome

MOST_STEPS = 6
MOST_TRIED = 60
"""How many candidates are tried for one question: each is a walk."""


class Step(Struct, frozen=True):
    """One step of a plan: what is done, the link that it mends, and what the question answers after it."""

    title: str
    link: str
    changes: tuple[Change, ...]
    outcome: Outcome


class Plan(Struct, frozen=True):
    """Steps that lead somewhere. ``walk`` is the question's last answer: allowed, or as far as the steps lead."""

    steps: tuple[Step, ...]
    walk: Walk
    snapshot: Snapshot

    @property
    def outcome(self) -> Outcome:
        """Return what the question answers in the end."""
        return outcome(self.walk.results.values())

    @property
    def changes(self) -> tuple[Change, ...]:
        """Return all changes in their order; pods are made anew once, after all that they are to see."""
        found = [change for step in self.steps for change in step.changes]
        restarts = dict.fromkeys(change for change in found if isinstance(change, Restart))
        return (*(change for change in found if not isinstance(change, Restart)), *restarts)


def follow(snapshot: Snapshot, question: Question) -> Walk:
    """Ask a question of changed facts. No message helps: what was said before the change says nothing after it."""
    return follow_question(snapshot, question)


def plans(walk: Walk, most: int = 6) -> tuple[Plan, ...]:
    """Return the plans that are proven to lead to "allowed", the nearest first.

    Without one: the shortest that mends all that is broken, where facts are missing to say that it is "allowed".
    """
    search = _Search(walk)
    proven = search.run(most)
    return proven or ((search.best,) if search.best is not None else ())


class _Search:
    """Depth first: each candidate of the first broken link, and behind it what breaks next."""

    def __init__(self, walk: Walk) -> None:
        self._walk = walk
        self._tried = 0
        self.best: Plan | None = None

    def run(self, most: int) -> tuple[Plan, ...]:
        found: list[Plan] = []
        for candidate in candidates(self._walk):
            plan = self._follow(Plan((), self._walk, self._walk.snapshot), candidate)
            if plan is not None:
                found.append(plan)
            if len(found) >= most or self._tried >= MOST_TRIED:
                break
        return tuple(found)

    def _follow(self, plan: Plan, candidate: Candidate) -> Plan | None:
        """Return the plan with a candidate and all that it needs behind it, None where that leads nowhere."""
        self._tried += 1
        before = _broken(plan.walk)
        try:
            snapshot = apply(plan.snapshot, candidate.changes)
            walk = follow(snapshot, question_after(plan.walk.question, candidate.changes))
        except (InapplicableError, TextError, QuestionError):
            return None
        verdict = outcome(walk.results.values())
        steps = (*plan.steps, Step(candidate.title, before, candidate.changes, verdict))
        reached = Plan(steps, walk, snapshot)
        if verdict == "allowed":
            return reached
        if verdict == "unknown":
            if self.best is None or len(self.best.steps) > len(steps):
                self.best = reached
            return None
        if not _is_further(plan.walk, walk) or len(steps) >= MOST_STEPS:
            return None
        for following in candidates(walk):
            if self._tried >= MOST_TRIED:
                return None
            found = self._follow(reached, following)
            if found is not None:
                return found
        return None


def question_after(question: Question, changes: tuple[Change, ...]) -> Question:
    """Return the question as it is asked after some changes: a pod that is made anew has no name yet."""
    if not isinstance(question, PodToAws):
        return question
    for change in changes:
        if isinstance(change, Restart):
            kind = "Deployment" if change.kind == "Pod" else change.kind
            question = structs.replace(question, target_kind=kind, name=change.name)
    return question


def _broken(walk: Walk) -> str:
    return next((link for link, result in walk.results.items() if result.state == "broken"), "")


def _is_further(before: Walk, after: Walk) -> bool:
    """Return whether a change mended something: the first broken link is a later one, or breaks for another reason."""
    order = list(before.results)
    one, other = _broken(before), _broken(after)
    if other not in order or one not in order:
        return True
    if order.index(other) != order.index(one):
        return order.index(other) > order.index(one)
    return before.results[one].says != after.results[other].says
