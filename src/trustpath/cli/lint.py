"""``trustpath lint``: what is wrong with policy documents, before IAM or an attacker says so."""

import sys
from typing import TYPE_CHECKING, Literal

import click

if TYPE_CHECKING:
    from trustpath.model.policy import PolicyKind

_SEVERITIES = ("error", "security-warning", "warning", "suggestion")
_LEAST = ("error", "security", "warning", "suggestion")


@click.command(short_help="Check policy documents, before IAM or an attacker does.")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option(
    "--type",
    "kind",
    type=click.Choice(["auto", "identity", "trust", "resource", "scp", "rcp"]),
    default="auto",
    show_default=True,
    help="What kind of policy the files hold; auto looks at where AWS shows it, and at its elements.",
)
@click.option(
    "--fail-on",
    type=click.Choice(_LEAST),
    default="security",
    show_default=True,
    help="The least finding for exit code 1.",
)
@click.option("-o", "--output", type=click.Choice(["text", "json", "sarif"]), default="text", show_default=True)
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
def lint(
    files: tuple[str, ...],
    kind: "Literal['auto'] | PolicyKind",
    fail_on: str,
    output: Literal["text", "json", "sarif"],
    color: Literal["auto", "always", "never"],
) -> int:
    """Check policy documents: would IAM store them, what would Access Analyzer say, whom do they let in?

    FILE holds a policy document, or what the AWS CLI prints around one (get-role, get-policy-version,
    get-role-policy, get-bucket-policy ...); - reads standard input. Service and resource control policies look
    like others: say --type scp or rcp.

    \b
    trustpath lint trust.json
    aws iam get-role --role-name checkout | trustpath lint -
    trustpath lint policies/*.json -o sarif > lint.sarif
    """
    from trustpath.facts.policy_documents import read_policies
    from trustpath.lint import lint as check
    from trustpath.render import json, lint_sarif, lint_text
    from trustpath.render.terminal import Terminal

    documents, places = read_policies(files, None if kind == "auto" else kind)
    report = check(documents, places)
    if output == "json":
        click.echo(json.render(report), nl=False)
    elif output == "sarif":
        click.echo(lint_sarif.render(report), nl=False)
    else:
        click.echo(lint_text.render(report, Terminal.of(sys.stdout, color)), nl=False, color=True)
    failing = _SEVERITIES[: _LEAST.index(fail_on) + 1]
    return int(any(finding.severity in failing for finding in report.findings))
