"""An audit in the text format of Prometheus. Labels name rules and namespaces, never people, pods or ARNs."""

from collections import Counter

from trustpath.model.audit import AuditReport


def render(report: AuditReport) -> str:
    """Return the metrics, ending with a line break."""
    found = Counter((item.id, item.severity, item.namespace) for item in report.findings)
    lines = [
        "# HELP trustpath_audit_findings Findings of the last audit of Argo Workflows.",
        "# TYPE trustpath_audit_findings gauge",
    ]
    for (rule, severity, namespace), count in sorted(found.items()):
        labels = f'rule="{_value(rule)}",severity="{severity}",namespace="{_value(namespace)}"'
        lines.append(f"trustpath_audit_findings{{{labels}}} {count}")
    unknown = len({item.check for item in report.undecided})
    failed = len({item.check for item in report.findings})
    lines += [
        "# HELP trustpath_audit_checks Checks of the last audit by how they ended.",
        "# TYPE trustpath_audit_checks gauge",
        f'trustpath_audit_checks{{verdict="passed"}} {len(report.passed)}',
        f'trustpath_audit_checks{{verdict="failed"}} {failed}',
        f'trustpath_audit_checks{{verdict="unknown"}} {unknown}',
    ]
    return "\n".join(lines) + "\n"


def _value(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
