"""``trustpath completion``: scripts that teach a shell the commands and options."""

import sys

import click


@click.command(short_help="Print a script that completes commands and options in a shell.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> int:
    """Print the script for SHELL.

    \b
    trustpath completion bash > ~/.local/share/bash-completion/completions/trustpath
    trustpath completion zsh > ~/.zfunc/_trustpath
    trustpath completion fish > ~/.config/fish/completions/trustpath.fish

    kubectl completes its plugin kubectl-trustpath itself, by kubectl_complete-trustpath on the PATH.
    """
    from click.shell_completion import get_completion_class

    from trustpath.cli.main import COMPLETE, cli

    found = get_completion_class(shell)
    if found is None:
        return 2
    click.echo(found(cli, {}, "trustpath", COMPLETE).source())
    return 0


def complete_for_kubectl() -> None:
    """Print what may follow the words of a command line, as kubectl asks its plugins for it.

    One choice a line with its help behind a tab; the last line tells that no file names are meant.
    """
    from click.shell_completion import ShellComplete

    from trustpath.cli.main import COMPLETE, cli

    *before, last = sys.argv[1:] or [""]
    for item in ShellComplete(cli, {}, "trustpath", COMPLETE).get_completions(before, last):
        if item.type == "plain":
            click.echo(f"{item.value}\t{item.help}" if item.help else item.value)
    click.echo(":4")


def contexts(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return the contexts of the kubeconfigs that start with what was typed; none where they cannot be read."""
    from trustpath.errors import LiveError
    from trustpath.facts.live.connection import context_names

    try:
        return [name for name in context_names(context.params.get("kubeconfig") or "") if name.startswith(incomplete)]
    except LiveError:
        return []
