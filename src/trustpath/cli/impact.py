"""``trustpath impact``: would these manifests deny or grant anybody anything?"""

import sys
from typing import Literal

import click

from trustpath.cli import options
from trustpath.cli.facts import Facts, Live, live_options
from trustpath.cli.manifests import read_manifests

_FORMATS = ("text", "json", "markdown", "sarif", "junit")


@click.command(short_help="Say what applying manifests would deny and grant.")
@click.option("--apply", "manifests", metavar="FILE|DIR", multiple=True, help="Manifests. Repeatable.")
@click.option("--plan", metavar="FILE", default="", help="A plan of Terraform, by `terraform show -json`.")
@click.option("--allow", "accepted", metavar="PATTERN", multiple=True, help="A grant that is meant: 'group dev may *'.")
@options.namespace
@options.sources
@options.cluster_name
@live_options
@click.option("-o", "--output", type=click.Choice(_FORMATS), default="text", show_default=True)
@options.color
def impact(
    manifests: tuple[str, ...],
    plan: str,
    accepted: tuple[str, ...],
    namespace: str,
    sources: tuple[str, ...],
    cluster_name: str,
    live: Live,
    output: Literal["text", "json", "markdown", "sarif", "junit"],
    color: Literal["auto", "always", "never"],
) -> int:
    """Ask every question of trustpath scan twice: of the facts as they are, and with manifests or a Terraform plan
    applied to a copy.

    Workloads whose template or service account changes are asked about as their new pods. Rights of RBAC that come and
    go are listed by subject. A manifest without a namespace goes to -n, else to the context's. What is known only when
    a plan has been applied is unknown. Nothing is applied.

    \b
    trustpath impact --apply deploy/
    trustpath impact --plan tfplan.json --from cluster.trustpath
    trustpath impact --apply aws-auth.yaml --from cluster.trustpath
    trustpath impact --apply rbac.yaml --from cluster.trustpath --allow 'group developers may *' -o markdown

    Exit codes: 0 nobody is newly denied and nothing but --allow is granted, 1 somebody is, or more is, 2 wrong use or
    unreadable input, 3 something cannot be told any more.
    """
    from trustpath.errors import QuestionError
    from trustpath.facts.terraform_plan import read_plan
    from trustpath.render import impact_junit, impact_sarif, impact_text, json
    from trustpath.render.terminal import Terminal
    from trustpath.scan.impact import impact as compare
    from trustpath.scan.scope import Scope

    if not manifests and not plan:
        raise QuestionError("the impact of what?", "give --apply FILE or --plan FILE")
    planned = read_plan(plan) if plan else ()
    facts = Facts("scan", sources, live, namespace, cluster_name)
    applied = read_manifests(manifests, facts.namespace)
    scope = Scope("", None, facts.cluster_name)
    found = facts.answer(lambda snapshot, places: compare(snapshot, places, scope, applied, planned, accepted))
    if output == "json":
        click.echo(json.render(found), nl=False)
    elif output == "sarif":
        text, left_out = impact_sarif.render(found, plan or manifests[0])
        click.echo(text, nl=False)
        if left_out:
            click.echo(f"{left_out} results are not in the log: GitHub takes no more", err=True)
    elif output == "junit":
        click.echo(impact_junit.render(found), nl=False)
    elif output == "markdown":
        click.echo(impact_text.markdown(found), nl=False)
    else:
        click.echo(impact_text.render(found, Terminal.of(sys.stdout, color)), nl=False, color=True)
    if found.is_bad:
        return 1
    return 3 if found.not_looked_at or any(item.after == "unknown" for item in found.changed) else 0
