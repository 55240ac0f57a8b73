"""Makes every check of Argo Workflows, and asks as whom a person signs in."""

from collections.abc import Iterator
from shlex import quote

from trustpath.answer import DOCS, answer, drawn, left_out
from trustpath.audits.catalogue import CheckEntry, Found, Open, checks, meaning
from trustpath.audits.installations import Audit
from trustpath.engine.argo.advisories import KNOWN_UNTIL
from trustpath.errors import QuestionError
from trustpath.facts.positions import Places
from trustpath.model.argo import Component, Installation, installations
from trustpath.model.audit import (
    SCHEMA_VERSION,
    SEVERITIES,
    AuditFinding,
    AuditReport,
    InstalledComponent,
    Undecided,
)
from trustpath.model.question import ArgoSignIn, Claim
from trustpath.model.snapshot import Snapshot
from trustpath.model.trace import Cause, Need, Trace
from trustpath.paths import follow_question
from trustpath.scan.scope import fingerprint

CHECK_DOCS = "https://trustpath.dev/checks/"
KINDS = (
    "ClusterRole",
    "ClusterRoleBinding",
    "ClusterWorkflowTemplate",
    "CronWorkflow",
    "CustomResourceDefinition",
    "Deployment",
    "Ingress",
    "LimitRange",
    "Namespace",
    "NetworkPolicy",
    "Pod",
    "ResourceQuota",
    "Role",
    "RoleBinding",
    "Service",
    "ServiceAccount",
    "StatefulSet",
    "Workflow",
    "WorkflowTemplate",
)
"""The kinds that an audit lists."""


def audit_argo(
    snapshot: Snapshot, places: Places, namespace: str, claims: dict[str, Claim] | None = None
) -> AuditReport:
    """Return what the checks find in a namespace, or in all of them. Raises QuestionError where no Argo is there."""
    want_argo(snapshot)
    audit = Audit(snapshot, namespace)
    if not audit.installations and audit.unread("Deployment") is None and not snapshot.wanted:
        raise QuestionError(
            "no Argo Workflows here: no Deployment has the image of its server or controller",
            "name more facts, or another context",
        )
    findings: list[AuditFinding] = []
    undecided: list[Undecided] = []
    passed: list[str] = []
    for entry in checks():
        found, open_ones = _run(entry, audit, places)
        findings += found
        undecided += open_ones
        if not found and not open_ones:
            passed.append(entry.id)
    undecided += _unreadable(audit)
    trace = _sign_in(snapshot, places, audit, namespace, claims) if claims is not None else None
    if trace is not None and trace.causes:
        findings = _merged(findings, trace)
    order = {severity: index for index, severity in enumerate(SEVERITIES)}
    findings.sort(key=lambda item: (not item.breaks, order[item.severity], item.check, item.namespace, item.subject))
    if trace is not None and trace.causes:
        first = trace.causes[0].id
        findings.sort(key=lambda item: item.id != first)
    return AuditReport(
        SCHEMA_VERSION,
        tuple(_components(audit)),
        tuple(findings),
        tuple(undecided),
        tuple(passed),
        trace,
        left_out(snapshot),
        scope=f"namespace {namespace}" if namespace else "all namespaces",
        advisories_until=KNOWN_UNTIL,
    )


def want_argo(snapshot: Snapshot) -> None:
    """Ask a live reader for all that an audit looks at."""
    for kind in KINDS:
        snapshot.kubernetes.want(kind)
    installations(snapshot)


def _unreadable(audit: Audit) -> Iterator[Undecided]:
    """Yield the settings that have another form than Argo gives them: what they say is not known."""
    for item in audit.installations:
        keys = item.settings.unreadable if item.settings is not None else ()
        if keys and audit.namespace in ("", item.namespace):
            why = f"{', '.join(keys)} in the controller's ConfigMap of {item.namespace} cannot be read"
            yield Undecided("settings", "The settings of the controller can be read.", why)


def _run(entry: CheckEntry, audit: Audit, places: Places) -> tuple[list[AuditFinding], list[Undecided]]:
    """Return what a check finds, and what keeps it from saying that there is nothing."""
    found: list[AuditFinding] = []
    open_ones: list[Undecided] = []
    title = meaning(entry.name)
    for result in entry.run(audit):
        if isinstance(result, Open):
            open_ones.append(Undecided(entry.id, title, result.why, result.needs))
        elif audit.namespace in ("", result.namespace):
            found.append(_finding(entry, result, places))
    if found and not entry.by_silence:
        return found, []
    if entry.by_mode:
        open_ones += [
            Undecided(entry.id, title, f"the auth mode of {server.name} is not known", (_mode(server),))
            for item, server in audit.servers
            if item.modes_unknown and audit.namespace in ("", server.namespace)
        ]
    needs = [missing for kind in ("Deployment", *entry.reads) if (missing := audit.unread(kind)) is not None]
    if needs:
        what = " and ".join(dict.fromkeys(missing.fact.partition(":")[0] for missing in needs))
        open_ones.insert(0, Undecided(entry.id, title, f"{what} were not read", tuple(dict.fromkeys(needs))))
        return [], open_ones
    return (found, []) if found else ([], open_ones)


def _mode(server: Component) -> Need:
    command = (
        f"kubectl get deployment {quote(server.name)} -n {quote(server.namespace)} -o yaml, and what its envFrom names"
    )
    return Need(f"the variables of {server.name} that come from elsewhere: one may set its auth mode", command)


def _finding(entry: CheckEntry, found: Found, places: Places) -> AuditFinding:
    identifier = entry.finding_id
    docs = f"{DOCS}{entry.cause}" if entry.cause else f"{CHECK_DOCS}{entry.id.lower()}"
    return AuditFinding(
        identifier,
        entry.id,
        found.severity or entry.severity,
        entry.breaks,
        found.title,
        found.subject,
        found.namespace,
        fingerprint(entry.id, found.subject),
        found.explanation,
        tuple(drawn(item, places) for item in found.evidence),
        found.fix,
        docs,
    )


def _sign_in(
    snapshot: Snapshot, places: Places, audit: Audit, namespace: str, claims: dict[str, Claim]
) -> Trace | None:
    servers = [item for item, _ in audit.servers]
    home = namespace or (servers[0].namespace if len(servers) == 1 else "")
    if not home:
        raise QuestionError("which server does the person sign in to?", "name its namespace: -n argo")
    return answer(follow_question(snapshot, ArgoSignIn(home, claims, namespace)), places)


def _merged(findings: list[AuditFinding], trace: Trace) -> list[AuditFinding]:
    """Return the findings with those that keep the person out; a check that found the same gives way."""
    causes = {cause.id for cause in trace.causes}
    kept = [item for item in findings if item.id not in causes]
    return [*(_of_cause(cause, trace) for cause in trace.causes if cause.confidence != "possible"), *kept]


def _of_cause(cause: Cause, trace: Trace) -> AuditFinding:
    checked = next((entry.id for entry in checks() if entry.cause == cause.id), "sign-in")
    subject = trace.question.namespace if isinstance(trace.question, ArgoSignIn) else ""
    return AuditFinding(
        cause.id,
        checked,
        "high",
        True,
        cause.title,
        f"sign-in -n {subject}",
        subject,
        fingerprint(cause.id, subject),
        cause.explanation,
        cause.evidence,
        cause.help,
        cause.docs,
    )


def _components(audit: Audit) -> Iterator[InstalledComponent]:
    for item in audit.installations:
        for part in item.components:
            yield _component(item, part)


def _component(item: Installation, part: Component) -> InstalledComponent:
    version = ".".join(map(str, part.version)) if part.version else ""
    modes = tuple(sorted(item.modes)) if part.kind == "server" else ()
    return InstalledComponent(
        part.kind, part.name, part.namespace, part.image, version, part.account, part.watched or "all namespaces", modes
    )
