"""``trustpath explain``: the page of a cause, in the terminal and without a network."""

import sys
from typing import Literal

import click


@click.command()
@click.argument("cause", required=False)
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
def explain(cause: str | None, color: Literal["auto", "always", "never"]) -> None:
    """Print the page of a CAUSE; without one, list all causes."""
    import difflib

    from trustpath.causes import catalogue
    from trustpath.errors import QuestionError
    from trustpath.render.terminal import Terminal

    known = catalogue.identifiers()
    if cause is None:
        width = max(len(identifier) for identifier in known)
        for identifier in known:
            click.echo(f"{identifier:<{width}}  {catalogue.meaning(identifier)}")
        return
    if cause not in known:
        near = difflib.get_close_matches(cause, known, n=1)
        hint = f"did you mean {near[0]}?" if near else "`trustpath explain` lists them all"
        raise QuestionError(f"there is no cause `{cause}`", hint)
    page = catalogue.page(cause)
    terminal = Terminal.of(sys.stdout, color)
    if not terminal.color:
        click.echo(page, nl=False)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console(width=min(terminal.width, 110), force_terminal=True).print(Markdown(page))
