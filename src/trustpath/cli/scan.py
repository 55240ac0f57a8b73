"""``trustpath scan``: everything at once."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from trustpath.cli import options
from trustpath.cli.facts import Facts, Live, live_options, online_option

if TYPE_CHECKING:
    from trustpath.model.kubernetes import LabelSelector
    from trustpath.model.scan import ScanReport

_FORMATS = ("text", "json", "sarif", "junit", "markdown")


@click.command(short_help="Ask everything at once: pods, accounts, entries, bindings, trust policies.")
@click.option("-n", "--namespace", default="", help="Look at one namespace alone.")
@click.option("-A", "--all-namespaces", is_flag=True, help="Look at all namespaces, as without -n.")
@click.option("-l", "--selector", default="", help="Look at pods with these labels alone: app=web,tier!=db.")
@click.option("--only", multiple=True, metavar="CAUSE", help="Report this cause alone. Repeatable.")
@click.option("--skip", multiple=True, metavar="CAUSE", help="Leave this cause out. Repeatable.")
@click.option("--baseline", metavar="FILE", default="", help="Leave out the findings of this file.")
@click.option("--write-baseline", metavar="FILE", default="", help="Write the findings into this file.")
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "never"]),
    default="error",
    show_default=True,
    help="From which level on the exit code is 1.",
)
@options.sources
@options.cluster_name
@live_options
@online_option
@click.option("-o", "--output", type=click.Choice(_FORMATS), default="text", show_default=True)
@options.color
def scan(
    namespace: str,
    all_namespaces: bool,
    selector: str,
    only: tuple[str, ...],
    skip: tuple[str, ...],
    baseline: str,
    write_baseline: str,
    fail_on: Literal["error", "warning", "never"],
    sources: tuple[str, ...],
    cluster_name: str,
    live: Live,
    output: Literal["text", "json", "sarif", "junit", "markdown"],
    color: Literal["auto", "always", "never"],
) -> int:
    """Ask about all pods and service accounts that something binds to a role, all access and aws-auth entries, all
    RBAC bindings, and all roles that trust the cluster.

    Pods that are alike are one subject. A finding is an error (something is denied) or a warning (it leads nowhere).

    \b
    trustpath scan
    trustpath scan -n payments -o json
    trustpath scan --from cluster.trustpath -o sarif > trustpath.sarif
    trustpath scan --write-baseline known.json
    trustpath scan --baseline known.json --fail-on warning

    Exit codes: 0 no finding from --fail-on on, 1 there are some, 2 wrong use or unreadable input, 3 no finding, but
    something could not be told.
    """
    from trustpath.errors import QuestionError
    from trustpath.scan import Scan
    from trustpath.scan.baseline import read_baseline, without
    from trustpath.scan.baseline import write_baseline as write
    from trustpath.scan.scope import Scope

    if namespace and all_namespaces:
        raise QuestionError("-n and -A exclude each other", "leave one of them out")
    known = read_baseline(baseline) if baseline else frozenset[str]()
    _check_causes((*only, *skip))
    labels = _selector(selector)
    facts = Facts("scan", sources, live, namespace, cluster_name)
    scope = Scope(namespace, labels, facts.cluster_name)
    report = facts.answer(Scan(scope).ask)
    if selector and not report.counts.pods:
        click.echo(f"warning: no pod has the labels {selector}", err=True)
    if write_baseline:
        write(Path(write_baseline), report)
    report = without(report, known, frozenset(only), frozenset(skip))
    click.echo(_render(report, output, sources, color), nl=False, color=True)
    return _exit_code(report, fail_on)


def _exit_code(report: "ScanReport", fail_on: str) -> int:
    counted = {"error": ("error",), "warning": ("error", "warning"), "never": ()}[fail_on]
    if any(finding.level in counted for finding in report.findings):
        return 1
    return 3 if fail_on != "never" and (report.undecided or report.left_out) else 0


def _render(report: "ScanReport", output: str, sources: tuple[str, ...], color: str) -> str:
    from trustpath.render.terminal import Terminal

    if output == "json":
        from trustpath.render import json

        return json.render(report)
    if output == "sarif":
        from trustpath.render import scan_sarif

        text, dropped = scan_sarif.render(report, sources)
        if dropped:
            click.echo(f"note: {dropped} findings stand in no file and are left out; give --from FILE", err=True)
        return text
    if output == "junit":
        from trustpath.render import scan_junit

        return scan_junit.render(report)
    if output == "markdown":
        from trustpath.render import scan_markdown

        return scan_markdown.render(report)
    from trustpath.render import scan_text

    return scan_text.render(report, Terminal.of(sys.stdout, color))  # type: ignore[arg-type]


def _check_causes(names: tuple[str, ...]) -> None:
    import difflib

    from trustpath.causes.catalogue import identifiers
    from trustpath.errors import QuestionError

    known = identifiers()
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            raise QuestionError(
                f"no cause {name}", f"did you mean {near[0]}?" if near else "trustpath explain lists them all"
            )


def _selector(text: str) -> "LabelSelector | None":
    """Return a label selector as kubectl writes it. Raises QuestionError for another text."""
    import re

    from trustpath.errors import QuestionError
    from trustpath.model.kubernetes import LabelSelector, SelectorRequirement

    if not text:
        return None
    parts: list[SelectorRequirement] = []
    for part in re.split(r",(?![^()]*\))", text):
        word = part.strip()
        if match := re.fullmatch(r"([\w./-]+)\s+(in|notin)\s+\(([^()]*)\)", word):
            values = [value.strip() for value in match[3].split(",")]
            parts.append(SelectorRequirement(match[1], "In" if match[2] == "in" else "NotIn", values))
        elif match := re.fullmatch(r"([\w./-]+)\s*(==|=|!=)\s*([\w.-]*)", word):
            parts.append(SelectorRequirement(match[1], "NotIn" if match[2] == "!=" else "In", [match[3]]))
        elif match := re.fullmatch(r"(!?)([\w./-]+)", word):
            parts.append(SelectorRequirement(match[2], "DoesNotExist" if match[1] else "Exists"))
        else:
            raise QuestionError(f"`{word}` is no label selector", "write app=web,tier!=db, or key in (a,b)")
    return LabelSelector(None, parts)
