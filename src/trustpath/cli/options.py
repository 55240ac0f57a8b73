"""The options that several commands have."""

import click

sources = click.option(
    "--from",
    "sources",
    metavar="PATH",
    multiple=True,
    help="File or directory with what kubectl and the AWS CLI print; - reads standard input. Repeatable.",
)
cluster_name = click.option("--cluster-name", default="", help="EKS cluster, where the facts hold several.")
output = click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
color = click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
