"""``trustpath audit``: is a deployment set up safely?"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from trustpath.cli import options
from trustpath.cli.facts import Facts, Live, live_options

if TYPE_CHECKING:
    from trustpath.model.audit import AuditReport
    from trustpath.model.question import Claim

_FORMATS = ("text", "json", "sarif", "junit", "markdown", "prometheus")


@click.group(short_help="Say whether a deployment is set up safely.")
def audit() -> None:
    """Say whether a deployment is set up safely."""


@audit.command(short_help="Check Argo Workflows against the eight recommendations.")
@click.option("-n", "--namespace", default="", help="Report what concerns one namespace alone.")
@click.option("-A", "--all-namespaces", is_flag=True, help="Report all namespaces, as without -n.")
@click.option("--claims", metavar="FILE", default="", help="Claims of a person's OIDC token, in JSON: as whom it acts.")
@click.option("--only", multiple=True, metavar="CHECK", help="Report this check alone: AW-101. Repeatable.")
@click.option("--skip", multiple=True, metavar="CHECK", help="Leave this check out. Repeatable.")
@click.option("--baseline", metavar="FILE", default="", help="Leave out the findings of this file.")
@click.option("--write-baseline", metavar="FILE", default="", help="Write the findings into this file.")
@click.option(
    "--fail-on",
    type=click.Choice(["critical", "high", "medium", "low", "info", "never"]),
    default="high",
    show_default=True,
    help="From which severity on the exit code is 1; what keeps something from working counts always.",
)
@options.sources
@live_options
@click.option("-o", "--output", type=click.Choice(_FORMATS), default="text", show_default=True)
@options.color
def argo(
    namespace: str,
    all_namespaces: bool,
    claims: str,
    only: tuple[str, ...],
    skip: tuple[str, ...],
    baseline: str,
    write_baseline: str,
    fail_on: str,
    sources: tuple[str, ...],
    live: Live,
    output: Literal["text", "json", "sarif", "junit", "markdown", "prometheus"],
    color: Literal["auto", "always", "never"],
) -> int:
    """Check the installations of Argo Workflows: modes of the server, rights of its accounts, isolation, secrets,
    versions. A check that could not be made for lack of facts is listed as unknown.

    \b
    trustpath audit argo
    trustpath audit argo -n argo --from cluster.trustpath
    trustpath audit argo -n argo --claims claims.json
    trustpath audit argo --from cluster.trustpath -o sarif > argo.sarif
    trustpath explain AW-101

    Exit codes: 0 nothing from --fail-on on, 1 something, 2 wrong use or unreadable input, 3 nothing, but a check could
    not be made.
    """
    from trustpath.errors import QuestionError
    from trustpath.scan.argo_audit import audit_argo
    from trustpath.scan.baseline import read_baseline, without
    from trustpath.scan.baseline import write_baseline as write

    if namespace and all_namespaces:
        raise QuestionError("-n and -A exclude each other", "leave one of them out")
    known = read_baseline(baseline) if baseline else frozenset[str]()
    _check_names((*only, *skip))
    person = read_claims(claims) if claims else None
    facts = Facts("audit", sources, live, namespace, "")
    report = facts.answer(lambda snapshot, places: audit_argo(snapshot, places, namespace, person))
    if write_baseline:
        write(Path(write_baseline), report)
    report = without(report, known, frozenset(only), frozenset(skip))
    click.echo(_render(report, output, sources, color), nl=False, color=True)
    return _exit_code(report, fail_on)


def read_claims(file: str) -> "dict[str, Claim]":
    """Return the claims of a token from a file, `-` for standard input. Raises InputError for another file."""
    import msgspec

    from trustpath.errors import InputError

    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        found = msgspec.json.decode(data)
    except OSError as error:
        raise InputError(f"{file}: {(error.strerror or 'cannot be read').lower()}", "check --claims") from None
    except (msgspec.DecodeError, RecursionError) as error:
        hint = 'write the claims of the token as one object: {"email": …, "groups": […]}'
        raise InputError(f"{file}: no claims: {error}", hint) from None
    if not isinstance(found, dict):
        raise InputError(f"{file}: no claims: not an object", 'write {"email": …, "groups": […]}')
    groups = found.get("groups")
    if groups is not None and not (isinstance(groups, list) and all(isinstance(item, str) for item in groups)):
        raise InputError(
            f"{file}: `groups` is no list of texts", "Argo refuses such a token: let the provider send a list"
        )
    kept: dict[str, Claim] = {}
    for name, value in found.items():
        texts = isinstance(value, list) and all(isinstance(item, str) for item in value)
        if value is None or isinstance(value, str | bool | int | float) or texts:
            kept[name] = value
    return kept


def _exit_code(report: "AuditReport", fail_on: str) -> int:
    from trustpath.model.audit import SEVERITIES

    if fail_on == "never":
        return 0
    counted = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
    if any(item.breaks or item.severity in counted for item in report.findings):
        return 1
    return 3 if report.undecided or report.left_out else 0


def _render(report: "AuditReport", output: str, sources: tuple[str, ...], color: str) -> str:
    from trustpath.render import audit_junit, audit_markdown, audit_prometheus, audit_sarif, audit_text, json
    from trustpath.render.terminal import Terminal

    match output:
        case "json":
            return json.render(report)
        case "sarif":
            text, dropped = audit_sarif.render(report, sources)
            if dropped:
                click.echo(f"note: {dropped} findings stand in no file and are left out; give --from FILE", err=True)
            return text
        case "junit":
            return audit_junit.render(report)
        case "markdown":
            return audit_markdown.render(report)
        case "prometheus":
            return audit_prometheus.render(report)
    return audit_text.render(report, Terminal.of(sys.stdout, color))  # type: ignore[arg-type]  # click has checked it


def _check_names(names: tuple[str, ...]) -> None:
    import difflib

    from trustpath.audits.catalogue import checks
    from trustpath.errors import QuestionError

    known = {name for entry in checks() for name in (entry.id, entry.finding_id)}
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name.upper(), known, n=1)
            raise QuestionError(
                f"no check {name}", f"did you mean {near[0]}?" if near else "trustpath explain lists them"
            )
