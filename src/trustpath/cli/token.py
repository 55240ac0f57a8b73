"""``trustpath token``: what is wrong with this token?"""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import click

from trustpath.cli import options

MAX_SIZE = 1024 * 1024


@click.command(short_help="Say how the authenticator takes a token for EKS.")
@click.argument("file", required=False, default="-")
@click.option("--region", default="us-east-1", show_default=True, help="Region of the cluster.")
@click.option(
    "--partition", default="aws", show_default=True, help="Partition of the cluster: aws, aws-cn, aws-us-gov …"
)
@click.option("--now", default="", metavar="TIME", help="The server's time, as 2026-03-02T08:00:00Z; now without it.")
@options.output
@options.color
def token(
    file: str,
    region: str,
    partition: str,
    now: str,
    output: Literal["text", "json"],
    color: Literal["auto", "always", "never"],
) -> int:
    """Say how the authenticator of an EKS cluster takes a token, step by step.

    FILE holds the token alone, or what aws eks get-token prints; - reads standard input. It is decoded in memory, and
    neither printed nor kept. Whether the signature is right only STS knows, and it is not asked.

    \b
    aws eks get-token --cluster-name prod | trustpath token - --region eu-west-1

    Exit codes: 1 the authenticator refuses it, 2 wrong use, 3 only STS can tell.
    """
    from trustpath.cli.main import EXIT_CODES
    from trustpath.engine.eks.token_report import report
    from trustpath.errors import QuestionError
    from trustpath.model.arn import PARTITIONS
    from trustpath.render import json, token_text
    from trustpath.render.terminal import Terminal

    if partition not in PARTITIONS:
        raise QuestionError(f"there is no partition {partition}", f"known are {', '.join(sorted(PARTITIONS))}")
    found = report(_token(_read(file)), partition, region, _time(now))
    if output == "json":
        click.echo(json.render(found), nl=False)
    else:
        click.echo(token_text.render(found, Terminal.of(sys.stdout, color)), nl=False, color=True)
    return EXIT_CODES[found.outcome]


def _read(file: str) -> str:
    from trustpath.errors import InputError

    try:
        data = sys.stdin.buffer.read(MAX_SIZE) if file == "-" else Path(file).read_bytes()[:MAX_SIZE]
    except OSError as error:
        raise InputError(f"{file}: {(error.strerror or 'cannot be read').lower()}", "give a file, or - ") from None
    if not data.strip():
        raise InputError(f"{'standard input' if file == '-' else file}: there is no token in it", "aws eks get-token")
    return data.decode(errors="replace")


def _token(text: str) -> str:
    """Return the token: as it is, behind ``Bearer``, or in the credential that a plugin prints."""
    import msgspec

    from trustpath.errors import InputError

    text = text.strip()
    if not text.startswith("{"):
        return text.removeprefix("Bearer ").strip()
    try:
        found = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
        status = msgspec.json.decode(found.get("status", msgspec.Raw(b"{}")), type=dict[str, msgspec.Raw])
        return msgspec.json.decode(status.get("token", msgspec.Raw(b'""')), type=str)
    except (msgspec.DecodeError, RecursionError):
        raise InputError("this is not what aws eks get-token prints", "give the token alone") from None


def _time(text: str) -> datetime:
    from trustpath.errors import QuestionError

    if not text:
        return datetime.now(UTC)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise QuestionError(f"`{text}` is no time", "write 2026-03-02T08:00:00Z") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
