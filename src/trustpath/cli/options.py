"""The options of commands, and how their values are read."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from trustpath.engine.credentials.sdks import SdkVersion

sources = click.option(
    "--from",
    "sources",
    metavar="PATH",
    multiple=True,
    help="Ask no cluster, but files: what kubectl and the AWS CLI print, or a saved snapshot; - reads standard input. "
    "Repeatable.",
)
namespace = click.option(
    "-n", "--namespace", default="", help="Namespace of the workload or the request; the context's without it."
)
all_namespaces = click.option("-A", "--all-namespaces", is_flag=True, help="The request is for all namespaces at once.")
cluster_name = click.option("--cluster-name", default="", help="EKS cluster, where the facts hold several.")
output = click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
color = click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)


def read_sdk(text: str) -> "SdkVersion | None":
    """Return the SDK of --sdk, None where it was not given. Raises QuestionError for a name that is none."""
    if not text:
        return None
    from trustpath.engine.credentials.sdks import parse_sdk, sdk_names
    from trustpath.errors import QuestionError

    sdk = parse_sdk(text)
    if sdk is None:
        raise QuestionError(f"`{text}` is no SDK", f"write NAME@VERSION; names are {', '.join(sdk_names())}")
    return sdk
