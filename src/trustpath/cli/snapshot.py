"""``trustpath snapshot``: save what a cluster and an account say, and look at it later."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from trustpath.cli import options
from trustpath.cli.facts import Live, connect_live, live_options, online_option

if TYPE_CHECKING:
    from trustpath.facts.collected import Collected
    from trustpath.model.saved import Header


@click.group(short_help="Save what a cluster and an account say, show it, compare two.")
def snapshot() -> None:
    """Save everything that a scan reads into one file; every command takes it with --from.

    Values of Secrets, tokens, and variables that may be secret are never in it.
    """


@snapshot.command(short_help="Save into a file.")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("-n", "--namespace", default="", help="Save one namespace alone, and what it needs of the cluster.")
@click.option("--redact", is_flag=True, help="Put pseudonyms in place of accounts, ARNs and names.")
@options.cluster_name
@live_options
@online_option
def save(file: Path, namespace: str, redact: bool, cluster_name: str, live: Live) -> int:
    """Read the cluster and the account as a scan does, and save it. The file is there whole or not at all.

    \b
    trustpath snapshot save cluster.trustpath
    trustpath snapshot save ticket.trustpath -n payments --redact
    trustpath scan --from cluster.trustpath

    Exit codes: 0 saved, 2 wrong use or nothing to read from, 3 saved, but something could not be read.
    """
    from trustpath import __version__
    from trustpath.facts import snapshot_file
    from trustpath.facts.collected import command_of
    from trustpath.model.saved import Header
    from trustpath.scan import Scan
    from trustpath.scan.argo_audit import want_argo
    from trustpath.scan.scope import Scope

    asked = connect_live("snapshot", live, cluster_name)
    reader, connection = asked.reader, asked.cluster.connection
    scope = Scope(namespace, None, asked.cluster_name)
    with asked.progress():
        reader.answer(Scan(scope).ask)
        reader.answer(lambda snapshot, _: want_argo(snapshot))
    caller = reader.answers.callers[0].value.arn if reader.answers.callers else ""
    header = Header(
        snapshot_file.VERSION,
        __version__,
        datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        connection.context,
        snapshot_file.without_user(connection.server),
        connection.namespace,
        asked.cluster_name,
        caller,
    )
    if redact:
        from trustpath.facts.redaction import write_redacted

        write_redacted(file, header, reader)
    else:
        snapshot_file.write(file, header, reader)
    click.echo(
        f"saved {_counted(len(reader.objects), 'object')} and {_counted(len(reader.documents), 'answer')} in {file}",
        err=True,
    )
    for item in reader.answers.left_out:
        click.echo(f"not read: {item.place}: {item.problem}", err=True)
    refused = [read for read, result in reader.answers.reads.items() if result.status == "denied"]
    for read in refused:
        click.echo(f"refused: {command_of(read)}", err=True)
    return 3 if refused or reader.answers.left_out else 0


@snapshot.command(short_help="Say what a file holds.")
@click.argument("file", metavar="FILE")
@options.output
def show(file: str, output: Literal["text", "json"]) -> int:
    """Say whose facts a file holds, of when, how many, and what was refused.

    \b
    trustpath snapshot show cluster.trustpath
    """
    from trustpath.facts.snapshot_file import describe
    from trustpath.render import json, snapshot_text
    from trustpath.render.terminal import Terminal

    found = describe(*_read(file))
    if output == "json":
        click.echo(json.render(found), nl=False)
    else:
        click.echo(snapshot_text.render(found, Terminal.of(sys.stdout, "auto")), nl=False, color=True)
    return 0


@snapshot.command(short_help="Say what changed on the trust path between two files.")
@click.argument("before", metavar="BEFORE")
@click.argument("after", metavar="AFTER")
@options.output
@options.color
def diff(before: str, after: str, output: Literal["text", "json"], color: Literal["auto", "always", "never"]) -> int:
    """Say which bindings, roles, policies, associations and accounts are new, gone or changed. Pods are not compared.

    \b
    trustpath snapshot diff monday.trustpath tuesday.trustpath

    Exit codes: 0 nothing changed, 1 something did, 2 wrong use or unreadable input, 3 nothing did as far as both read.
    """
    from trustpath.facts.snapshot_diff import compare
    from trustpath.render import json, snapshot_diff_text
    from trustpath.render.terminal import Terminal

    changes = compare(_read(before)[1], _read(after)[1])
    if output == "json":
        click.echo(json.render(changes), nl=False)
    else:
        click.echo(snapshot_diff_text.render(changes, Terminal.of(sys.stdout, color)), nl=False, color=True)
    return 1 if changes.changes else 3 if changes.unread else 0


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def _read(file: str) -> "tuple[Header, Collected]":
    """Return a snapshot. Raises InputError for a file that is none."""
    from trustpath.errors import InputError
    from trustpath.facts import snapshot_file
    from trustpath.facts.collected import Collected
    from trustpath.model.answers import Answers

    try:
        data = Path(file).read_bytes()
    except OSError as error:
        raise InputError(f"{file}: {(error.strerror or 'cannot be read').lower()}", "check the name") from None
    if not snapshot_file.is_snapshot(data):
        raise InputError(f"{file}: no snapshot", "trustpath snapshot save FILE makes one")
    collected = Collected(Answers())
    return snapshot_file.read(file, data, collected), collected
