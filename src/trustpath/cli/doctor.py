"""``trustpath doctor``: can it reach, and may it read?"""

import sys
from typing import Literal

import click

from trustpath.cli import options
from trustpath.cli.facts import Live, connect_live, live_options

_NAMES = ("compare", "probe", "scan", "snapshot", "who-can", "whoami", "why")


@click.command(short_help="Say whether cluster and AWS can be reached and read, and what would be missing.")
@click.argument("command", type=click.Choice(_NAMES), default="why")
@options.cluster_name
@live_options
@options.output
@options.color
def doctor(
    command: str,
    cluster_name: str,
    live: Live,
    output: Literal["text", "json"],
    color: Literal["auto", "always", "never"],
) -> int:
    """Check each thing that COMMAND reads (why without it). The API server is asked by access reviews, AWS by calls for
    what does not exist; nothing is changed.

    \b
    trustpath doctor
    trustpath doctor scan --context prod

    Exit codes: 0 all can be read, 1 something is refused, 2 wrong use, 3 something could not be found out.
    """
    from trustpath.facts.live.doctor import check
    from trustpath.facts.live.permissions import COMMANDS
    from trustpath.render import doctor_text, json
    from trustpath.render.terminal import Terminal

    asked = connect_live(command, live, cluster_name)
    found = check(command, COMMANDS[command], asked.cluster, asked.account, asked.cluster_name, asked.reader.deadline)
    if output == "json":
        click.echo(json.render(found), nl=False)
    else:
        click.echo(doctor_text.render(found, Terminal.of(sys.stdout, color)), nl=False, color=True)
    states = {item.state for item in found.checks}
    return 1 if "no" in states else 3 if "unknown" in states else 0
