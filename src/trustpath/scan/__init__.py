"""Asks everything that a snapshot lets one ask, and gathers what is denied or leads nowhere."""

from collections import Counter
from collections.abc import Iterator
from difflib import get_close_matches

from trustpath.answer import answer, left_out
from trustpath.errors import QuestionError
from trustpath.facts.garbage import collector_paused
from trustpath.facts.positions import Places
from trustpath.model.fact import Denied, Known, Missing
from trustpath.model.question import Question
from trustpath.model.scan import SCHEMA_VERSION, Counts, Finding, ScanReport, Undecided
from trustpath.model.snapshot import Snapshot
from trustpath.model.trace import Need, Outcome, Trace
from trustpath.paths import follow_question
from trustpath.paths.links import need, outcome, unread
from trustpath.scan.bindings import dangling_bindings
from trustpath.scan.principals import principals
from trustpath.scan.scope import CLUSTER, NAMESPACED, Scope, Unit, fingerprint
from trustpath.scan.trusts import trusts_of_nobody
from trustpath.scan.workloads import count_pods, workloads

UNEXPLAINED = "denied-without-known-cause"
_ENOUGH = 64
"""After how many subjects that lack few facts a round ends."""
_MOST_NAMES = 10
_LISTS = ("eks:DescribeCluster", "eks:ListAccessEntries", "eks:ListPodIdentityAssociations")


def scan(snapshot: Snapshot, places: Places, scope: Scope) -> ScanReport:
    """Return what is denied and what leads nowhere."""
    return Scan(scope).ask(snapshot, places)


class Scan:
    """One scan, that a live reader asks again as it brings more facts.

    What a subject's walk found without lacking anything stays: facts only grow, and it is not walked again.
    """

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._allowed: set[Question] = set()
        self._traces: dict[Question, Trace] = {}

    def ask(self, snapshot: Snapshot, places: Places) -> ScanReport:
        """Return what is denied and what leads nowhere, by the facts so far."""
        with collector_paused():
            return self._ask(snapshot, places)

    def _ask(self, snapshot: Snapshot, places: Places) -> ScanReport:
        scope = self._scope
        scope.want(snapshot)
        _check_namespace(snapshot, scope.namespace)
        tally: Counter[Outcome] = Counter()
        findings: list[Finding] = []
        undecided: list[Undecided] = []
        lacking = 0
        for unit in units(snapshot, scope):
            before = snapshot.times_wanted
            try:
                trace = self._judge(unit, snapshot, places)
            except QuestionError as error:
                tally["unknown"] += 1
                undecided.append(Undecided(unit.subject, unit.namespace, error.message, (), unit.subjects))
                continue
            if snapshot.times_wanted > before:
                lacking += 1
                if lacking >= _ENOUGH and snapshot.wanted < _ENOUGH:
                    break  # all lack the same few facts: what they find will be asked again with them
            if trace is None:
                tally["allowed"] += 1
            elif trace.outcome == "denied":
                tally["denied"] += 1
                findings.append(_finding(unit, trace))
            else:
                tally["unknown"] += 1
                if trace.causes and trace.causes[0].confidence != "possible":
                    findings.append(_finding(unit, trace))
                undecided.append(_undecided(unit, trace))
        undecided += _unlisted(snapshot, scope)
        if not snapshot.wanted:
            findings += dangling_bindings(snapshot, places, scope)
            findings += trusts_of_nobody(snapshot, places, scope)
        verdicts = (tally["allowed"], tally["denied"], tally["unknown"])
        counts = Counts(tally.total(), *verdicts, count_pods(snapshot, scope))
        ordered = sorted(findings, key=lambda item: (item.level, item.id, item.namespace, item.subject))
        return ScanReport(
            SCHEMA_VERSION, counts, tuple(ordered), tuple(undecided), left_out(snapshot), scope=scope.shown
        )

    def _judge(self, unit: Unit, snapshot: Snapshot, places: Places) -> Trace | None:
        """Return the answer of a unit, None where it is allowed. Raises QuestionError."""
        question = unit.question
        if question in self._allowed:
            return None
        if question in self._traces:
            return self._traces[question]
        before = snapshot.times_wanted
        walk = follow_question(snapshot, question)
        allowed = outcome(walk.results.values()) == "allowed"
        if snapshot.times_wanted > before:
            # It will be asked again; its causes may lack more facts.
            return None if allowed else answer(walk, places)
        if allowed:
            self._allowed.add(question)
            return None
        trace = answer(walk, places)
        if snapshot.times_wanted == before:
            self._traces[question] = trace
        return trace


def units(snapshot: Snapshot, scope: Scope) -> Iterator[Unit]:
    """Yield every question of a scan but those about bindings and trust policies that lead nowhere."""
    yield from workloads(snapshot, scope)
    if scope.whole:
        yield from principals(snapshot, scope)


def _unlisted(snapshot: Snapshot, scope: Scope) -> Iterator[Undecided]:
    """Yield what a live reader could not list, so that nobody knows what else there is to ask."""
    missing: list[Missing] = []
    for kind in (*NAMESPACED, *CLUSTER):
        fact = snapshot.kubernetes.listing(kind, scope.namespace if kind in NAMESPACED else "")
        if fact is not None:
            missing.append(fact)
    missing += snapshot.aws.unread(*_LISTS)
    if snapshot.aws.unread("iam:GetAccountAuthorizationDetails"):
        missing += snapshot.aws.unread("iam:ListRoles")
    if not scope.cluster and not snapshot.aws.cluster_names and _is_eks(snapshot):
        name = Need("the name of the EKS cluster", "--cluster-name NAME")
        yield Undecided(
            "access entries, Pod Identity associations", "", "which EKS cluster it is is not known", (name,)
        )
    alike: dict[str, list[Missing]] = {}
    for fact in missing:
        alike.setdefault("was refused" if isinstance(fact, Denied) else unread(fact), []).append(fact)
    for how, facts in alike.items():
        names = ", ".join(fact.what for fact in facts)
        # What was tried and failed would fail by hand, too.
        needs = tuple(need(fact) for fact in facts if isinstance(fact, Denied) or not fact.why)
        yield Undecided(names, "", f"not all is looked at: what there is of this {how}", needs)


def _is_eks(snapshot: Snapshot) -> bool:
    """Return whether a reader was there, and it was at a cluster of EKS."""
    issuer = snapshot.issuer()
    return snapshot.is_live and isinstance(issuer, Known) and issuer.value.value.startswith("https://oidc.eks.")


def _check_namespace(snapshot: Snapshot, namespace: str) -> None:
    """Raise QuestionError for a namespace that is not there."""
    known = snapshot.kubernetes.namespaces()
    if not namespace or namespace in known or snapshot.kubernetes.listing("Namespace") is not None:
        return
    near = get_close_matches(namespace, known, 1)
    there = f"no namespace {namespace}" + ("" if snapshot.is_live else " in these facts")
    shown = ", ".join(sorted(known)[:_MOST_NAMES])
    raise QuestionError(there, f"did you mean {near[0]}?" if near else f"there are {shown}" if shown else "")


def _finding(unit: Unit, trace: Trace) -> Finding:
    if not trace.causes:
        return Finding(
            UNEXPLAINED,
            "error",
            "certain",
            trace.summary,
            unit.subject,
            unit.namespace,
            fingerprint(UNEXPLAINED, unit.subject),
            subjects=unit.subjects,
            links=trace.links,
        )
    first = trace.causes[0]
    return Finding(
        first.id,
        "error" if trace.outcome == "denied" else "warning",
        first.confidence,
        first.title,
        unit.subject,
        unit.namespace,
        fingerprint(first.id, unit.subject),
        first.explanation,
        unit.subjects,
        first.evidence,
        first.expected,
        first.got,
        first.help,
        first.docs,
        tuple(dict.fromkeys(cause.id for cause in trace.causes[1:] if cause.confidence != "possible")),
        trace.links,
    )


def _undecided(unit: Unit, trace: Trace) -> Undecided:
    unknown = [link for link in trace.links if link.state == "unknown"]
    needs = tuple(dict.fromkeys(need for link in unknown for need in link.needs))
    why = unknown[0].says if unknown else trace.summary
    return Undecided(unit.subject, unit.namespace, why, needs, unit.subjects)
