"""``trustpath explain``: the page of a cause, in the terminal and without a network."""

import sys
from typing import Literal

import click


@click.command()
@click.argument("cause", required=False)
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
def explain(cause: str | None, color: Literal["auto", "always", "never"]) -> None:
    """Print the page of a CAUSE, or of a check such as AW-101; without one, list all of them."""
    import difflib

    from trustpath.audits import catalogue as audits
    from trustpath.causes import catalogue
    from trustpath.errors import QuestionError
    from trustpath.render.terminal import Terminal

    known = catalogue.identifiers()
    numbers = {entry.id.lower(): entry.name for entry in audits.checks()}
    if cause is None:
        width = max(len(identifier) for identifier in known)
        for identifier in known:
            click.echo(f"{identifier:<{width}}  {catalogue.meaning(identifier)}")
        for entry in audits.checks():
            click.echo(f"{entry.id:<{width}}  {audits.meaning(entry.name)}")
        return
    wanted = cause.strip("[]`").lower()
    if wanted not in known and wanted not in numbers:
        near = [name for name in known if name.startswith(wanted)] or difflib.get_close_matches(
            wanted, (*known, *numbers), n=1
        )
        hint = f"did you mean {' or '.join(near)}?" if near else "`trustpath explain` lists them all"
        raise QuestionError(f"there is no cause `{cause}`", hint)
    page = audits.page(numbers[wanted]) if wanted in numbers else catalogue.page(wanted)
    terminal = Terminal.of(sys.stdout, color)
    if not terminal.color and not sys.stdout.isatty():
        click.echo(page, nl=False)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console(width=min(terminal.width, 110), force_terminal=True, no_color=not terminal.color)
    console.print(Markdown(page))
