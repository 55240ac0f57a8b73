"""The entry point: parses the command, prints the answer, sets the exit code."""

import importlib
import os
import sys
from pathlib import Path

import click

from trustpath import __version__
from trustpath.errors import TrustpathError

EXIT_CODES = {"allowed": 0, "denied": 1, "unknown": 3}
USAGE_ERROR = 2
INTERRUPTED = 130
COMPLETE = "_TRUSTPATH_COMPLETE"
"""The variable by which a shell asks for completions."""

_COMMANDS = {
    "audit": "trustpath.cli.audit:audit",
    "compare": "trustpath.cli.compare:compare",
    "completion": "trustpath.cli.completion:completion",
    "decide": "trustpath.cli.decide:decide",
    "doctor": "trustpath.cli.doctor:doctor",
    "fix": "trustpath.cli.fix:fix",
    "explain": "trustpath.cli.explain:explain",
    "generate": "trustpath.cli.generate:generate",
    "impact": "trustpath.cli.impact:impact",
    "lint": "trustpath.cli.lint:lint",
    "permissions": "trustpath.cli.permissions:permissions",
    "probe": "trustpath.cli.probe:probe",
    "scan": "trustpath.cli.scan:scan",
    "snapshot": "trustpath.cli.snapshot:snapshot",
    "token": "trustpath.cli.token:token",
    "who-can": "trustpath.cli.who_can:who_can",
    "whoami": "trustpath.cli.whoami:whoami",
    "why": "trustpath.cli.why:why",
}


class _LazyGroup(click.Group):
    """Loads a command only when it is used or listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        target = _COMMANDS.get(cmd_name)
        if target is None:
            return None
        module, _, name = target.partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(
    cls=_LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Exit codes: 0 allowed, 1 denied, 2 wrong use or unreadable input, 3 cannot be told from these facts.",
)
@click.version_option(__version__, "-V", "--version", message="trustpath %(version)s")
def cli() -> None:
    """Say why a pod, person or pipeline is denied on Kubernetes and AWS, and what exactly fixes it.

    \b
    trustpath why pod/checkout -n payments
    trustpath why pod/loki-0 -n monitoring --from dump/
    trustpath scan
    trustpath audit argo
    trustpath doctor
    trustpath why arn:aws:iam::111122223333:role/ci list pods -n default --from dump/
    trustpath why --error 'error: You must be logged in to the server (Unauthorized)'
    trustpath explain trust-sub-namespace-mismatch
    trustpath lint trust-policy.json
    trustpath who-can get secrets -n payments --from rbac.yaml
    """


def main() -> None:
    """Run the command line and exit. Every error a user can make ends in one message and exit code 2."""
    try:
        _check_arguments(sys.argv[1:])
        code = cli.main(prog_name=_program(), complete_var=COMPLETE, standalone_mode=False)
        sys.stdout.flush()
    except TrustpathError as error:
        _complain(error.message, error.hint)
        code = USAGE_ERROR
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help(), err=True)
        code = USAGE_ERROR
    except click.ClickException as error:
        context = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "trustpath"
        message = " ".join(error.format_message().split())
        _complain(message[:1].lower() + message[1:].removesuffix("."), f"{context} --help")
        code = USAGE_ERROR
    except (click.Abort, KeyboardInterrupt):
        code = INTERRUPTED
    except BrokenPipeError:
        # The reader (head, less) has gone. Python would complain again while closing standard output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as error:  # the outermost function: no traceback reaches a user
        if os.environ.get("TRUSTPATH_DEBUG"):
            raise
        _complain(
            f"internal error: {type(error).__name__}: {error}",
            "set TRUSTPATH_DEBUG=1 for details and report it",
        )
        code = USAGE_ERROR
    sys.exit(code if isinstance(code, int) else 0)


def _program() -> str:
    """Return the name under which help shows the program: kubectl's own where it runs as its plugin."""
    return "kubectl trustpath" if Path(sys.argv[0]).name.startswith("kubectl-") else "trustpath"


def _check_arguments(arguments: list[str]) -> None:
    """Refuse what no encoding can write: bytes of an argument that are no UTF-8. Raises click.UsageError."""
    if any("\ud800" <= character <= "\udfff" for argument in arguments for character in argument):
        raise click.UsageError("an argument is not UTF-8")


def _complain(message: str, hint: str) -> None:
    from trustpath.render.terminal import Terminal

    terminal = Terminal.of(sys.stderr, "auto")
    click.echo(f"{terminal.style('error', 'red', 'bold')}: {terminal.text(message)}", err=True)
    if hint:
        click.echo(f"{terminal.style('help', 'green', 'bold')}: {terminal.text(hint)}", err=True)
