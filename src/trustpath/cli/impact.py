"""``trustpath impact``: would these manifests deny or grant anybody anything?"""

import sys
from typing import Literal

import click

from trustpath.cli import options
from trustpath.cli.facts import Facts, Live, live_options
from trustpath.cli.manifests import read_manifests


@click.command(short_help="Say what applying manifests would deny and grant.")
@click.option("--apply", "manifests", metavar="FILE|DIR", multiple=True, required=True, help="Manifests. Repeatable.")
@click.option("--allow", "accepted", metavar="PATTERN", multiple=True, help="A grant that is meant: 'group dev may *'.")
@options.namespace
@options.sources
@options.cluster_name
@live_options
@click.option("-o", "--output", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True)
@options.color
def impact(
    manifests: tuple[str, ...],
    accepted: tuple[str, ...],
    namespace: str,
    sources: tuple[str, ...],
    cluster_name: str,
    live: Live,
    output: Literal["text", "json", "markdown"],
    color: Literal["auto", "always", "never"],
) -> int:
    """Ask every question of trustpath scan twice: of the facts as they are, and with the manifests applied to a copy.

    Workloads whose template or service account changes are asked about as their new pods. Rights of RBAC that come and
    go are listed by subject. A manifest without a namespace goes to -n, else to the context's. Nothing is applied.

    \b
    trustpath impact --apply deploy/
    trustpath impact --apply aws-auth.yaml --from cluster.trustpath
    trustpath impact --apply rbac.yaml --from cluster.trustpath --allow 'group developers may *' -o markdown

    Exit codes: 0 nobody is newly denied and nothing but --allow is granted, 1 somebody is, or more is, 2 wrong use or
    unreadable input, 3 something cannot be told any more.
    """
    from trustpath.render import impact_text, json
    from trustpath.render.terminal import Terminal
    from trustpath.scan.impact import impact as compare
    from trustpath.scan.scope import Scope

    facts = Facts("scan", sources, live, namespace, cluster_name)
    applied = read_manifests(manifests, facts.namespace)
    scope = Scope("", None, facts.cluster_name)
    found = facts.answer(lambda snapshot, places: compare(snapshot, places, scope, applied, accepted))
    if output == "json":
        click.echo(json.render(found), nl=False)
    elif output == "markdown":
        click.echo(impact_text.markdown(found), nl=False)
    else:
        click.echo(impact_text.render(found, Terminal.of(sys.stdout, color)), nl=False, color=True)
    if found.is_bad:
        return 1
    return 3 if any(item.after == "unknown" for item in found.changed) else 0
