"""``trustpath fix``: what mends a denial, proven, and the commands for it."""

import sys
from typing import Literal

import click

from trustpath.cli import options
from trustpath.cli.facts import Live
from trustpath.cli.why import Asked, find_answer, question_options

_TOOLS = ("aws", "eksctl", "kubectl", "terraform")


@click.command(short_help="Print what mends a denial, with its proof and its commands.")
@question_options
@click.option("--tool", "tools", type=click.Choice(_TOOLS), multiple=True, help="Commands for it alone. Repeatable.")
@click.option("--source", metavar="DIR|FILE", default="", help="Your manifests and Terraform: shown as a diff of them.")
@click.option("--write", is_flag=True, help="Write what the first fix changes into the files of --source.")
@options.output
@options.color
def fix(
    asked: Asked,
    live: Live,
    tools: tuple[str, ...],
    source: str,
    write: bool,
    output: Literal["text", "json"],
    color: Literal["auto", "always", "never"],
) -> int:
    """Ask as trustpath why does, and print what makes the same question be answered with "allowed".

    A fix is shown after it was applied to a copy of the facts and the question was asked again. [safe]: nobody besides
    gains anything by it. [review]: who else does is listed. Nothing is changed, neither here nor there: the commands
    are for you to run. With --source the change is shown in your own files, and --write writes the first fix into them.

    \b
    trustpath fix pod/checkout -n payments
    trustpath fix pod/checkout -n payments --from dump/ --tool terraform
    trustpath fix pod/checkout -n payments --source deploy/ --write
    trustpath fix sa/argo:workflow create workflowtaskresults.argoproj.io -n argo --from rbac.yaml

    Exit codes: 0 a proven fix, or nothing to fix, 1 denied and none proven, 2 wrong use or unreadable input, 3 cannot
    be told.
    """
    from trustpath.errors import QuestionError
    from trustpath.fixes.sources import read_sources, write_edits
    from trustpath.render import fix_text, json
    from trustpath.render.terminal import Terminal

    if write and not source:
        raise QuestionError("--write writes into the files of --source", "give --source DIR")
    sources = read_sources(source) if source else ()
    trace, edits = find_answer(asked, live, sources)
    if output == "json":
        click.echo(json.render(trace), nl=False)
    else:
        click.echo(fix_text.render(trace, Terminal.of(sys.stdout, color), tools), nl=False, color=True)
    if write and trace.fixes and trace.fixes[0].proof.outcome != "allowed":
        click.echo("nothing is written: the fix is not proven", err=True)
    elif write and trace.fixes:
        write_edits(edits, sources)
        for edit in edits:
            click.echo(f"written: {edit.shown.file}", err=True)
        if not trace.fixes[0].in_files:
            click.echo("not all of the fix stands in these files: the commands above are the whole", err=True)
    if trace.outcome == "denied":
        return 0 if any(item.proof.outcome == "allowed" for item in trace.fixes) else 1
    return 0 if trace.outcome == "allowed" else 3
