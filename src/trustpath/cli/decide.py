"""``trustpath decide``: the engines alone, JSON lines in and JSON lines out."""

import sys
from collections.abc import Callable
from typing import IO

import click
import msgspec

Decider = Callable[[msgspec.Raw], object]
"""Takes one line's JSON object and returns the answer. Raises ValueError with one sentence for a bad one."""


def _aws_auth() -> Decider:
    from trustpath.cli import decide_aws_auth

    return decide_aws_auth.answer


def _iam() -> Decider:
    from trustpath.cli import decide_iam

    return decide_iam.answer


def _lint() -> Decider:
    from trustpath.cli import decide_lint

    return decide_lint.answer


def _rbac() -> Decider:
    from trustpath.cli import decide_rbac

    return decide_rbac.Answers()


def _token() -> Decider:
    from trustpath.cli import decide_token

    return decide_token.answer


def _webhook() -> Decider:
    from trustpath.cli import decide_webhook

    return decide_webhook.answer


ENGINES: dict[str, Callable[[], Decider]] = {
    "aws-auth": _aws_auth,
    "iam": _iam,
    "lint": _lint,
    "rbac": _rbac,
    "token": _token,
    "webhook": _webhook,
}
"""The engines by name, each with what makes the decider of one run: only that engine is imported."""


class _Id(msgspec.Struct):
    id: msgspec.Raw = msgspec.Raw(b"null")


@click.group(hidden=True)
def decide() -> None:
    """Ask one engine many small questions: JSON lines in, one answer per line in the same order.

    A line that cannot be read is answered with {"id": …, "error": …}; the rest goes on, and the exit code
    is 2 at the end.
    """


def decide_lines(decider: Decider, lines: IO[bytes], out: IO[bytes]) -> int:
    """Answer every line. Return 0, or 2 when a line could not be answered."""
    code = 0
    for line in lines:
        if not line.strip():
            continue
        identifier = msgspec.Raw(b"null")
        try:
            identifier = msgspec.json.decode(line, type=_Id).id
            answer = msgspec.to_builtins(decider(msgspec.Raw(line)))
            result = msgspec.json.encode({"id": identifier, **answer})
        except (ValueError, RecursionError) as error:
            message = str(error) if not isinstance(error, RecursionError) else "nested too deeply"
            result = msgspec.json.encode({"id": identifier, "error": message})
            code = 2
        out.write(result + b"\n")
    out.flush()
    return code


def engine_command(name: str, make_decider: Callable[[], Decider]) -> click.Command:
    """Return the command of one engine: ``trustpath decide NAME [FILE|-]``."""

    @click.command(name, help=f"Answer questions for the {name} engine, one JSON object per line.")
    @click.argument("file", type=click.File("rb"), default="-")
    def command(file: IO[bytes]) -> int:
        return decide_lines(make_decider(), file, sys.stdout.buffer)

    return command


for _name, _make_decider in ENGINES.items():
    decide.add_command(engine_command(_name, _make_decider))
