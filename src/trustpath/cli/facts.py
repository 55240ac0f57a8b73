"""Where a command takes its facts from: files given with ``--from``, else the cluster and the account themselves."""

import functools
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click
from msgspec import Struct

from trustpath.cli.completion import contexts

if TYPE_CHECKING:
    from trustpath.facts.live.aws_api import AwsApi, AwsOptions
    from trustpath.facts.live.connection import Connection, EksHints
    from trustpath.facts.live.cross_checks import CrossCheck
    from trustpath.facts.live.kubernetes_api import KubernetesApi
    from trustpath.facts.live.reader import LiveReader
    from trustpath.facts.positions import Places
    from trustpath.model.answers import LeftOut
    from trustpath.model.snapshot import Snapshot

T = TypeVar("T")


class Live(Struct):
    """What the command line says of the cluster and the account to ask."""

    kubeconfig: str = ""
    context: str = ""
    as_user: str = ""
    as_groups: tuple[str, ...] = ()
    profile: str = ""
    region: str = ""
    role_arn: str = ""
    timeout: float = 60.0
    online: bool = False
    pod_logs: bool = False
    cross_checks: "tuple[CrossCheck, ...]" = ()


_OPTIONS = (
    click.option("--kubeconfig", metavar="FILE", default="", help="Kubeconfig; as kubectl finds it without."),
    click.option(
        "--context",
        metavar="NAME",
        default="",
        envvar="TRUSTPATH_CONTEXT",
        shell_complete=contexts,
        help="Context of the kubeconfig.",
    ),
    click.option("--as", "as_user", metavar="USER", default="", help="Act as this user towards the API server."),
    click.option("--as-group", "as_groups", metavar="GROUP", multiple=True, help="And in this group. Repeatable."),
    click.option("--profile", metavar="NAME", default="", envvar="TRUSTPATH_PROFILE", help="Profile of the AWS CLI."),
    click.option("--region", metavar="NAME", default="", envvar="TRUSTPATH_REGION", help="AWS region of the cluster."),
    click.option("--role-arn", metavar="ARN", default="", help="Role to assume for reading from AWS."),
    click.option(
        "--timeout", metavar="SECONDS", type=click.FloatRange(1, 3600), default=60.0, help="For all reading together."
    ),
)


def live_options(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options that say which cluster and account are asked; the command gets them as ``live``."""

    @functools.wraps(command)
    def wrapped(**values: Any) -> int:
        live = Live(**{name: values.pop(name) for name in Live.__struct_fields__ if name in values})
        return command(live=live, **values)

    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped


online_option = click.option(
    "--online", is_flag=True, help="Read the certificates of the issuer's host from the internet as well."
)
cross_check_option = click.option(
    "--cross-check",
    "cross_checks",
    type=click.Choice(["simulate", "cloudtrail"]),
    multiple=True,
    help="Ask IAM's simulator, or CloudTrail for the last call, and show it beside the answer. Repeatable.",
)
logs_option = click.option("--logs", "pod_logs", is_flag=True, help="Read the log of the pod's container as well.")


class Connected(Struct):
    """A cluster and an account to ask.

    ``namespace`` is the context's, ``cluster_name`` the EKS cluster's, empty where nothing tells it.
    """

    reader: "LiveReader"
    cluster: "KubernetesApi"
    account: "AwsApi"
    namespace: str
    cluster_name: str

    @contextmanager
    def progress(self) -> Iterator[None]:
        """Show on a terminal what is being read, as long as the block lasts."""
        if not sys.stderr.isatty():
            yield
            return
        from rich.console import Console

        with Console(stderr=True).status("reading") as status:
            self.reader.progress = lambda text: status.update(f"reading {text}")
            yield


def connect_live(command: str, live: Live, cluster_name: str = "") -> Connected:
    """Return the cluster and the account that a command asks; of them no more is read than it is declared to.

    Raises LiveError where no cluster is configured, InputError for settings that are wrong.
    """
    from trustpath.errors import LiveError
    from trustpath.facts.clients import read_own_profiles
    from trustpath.facts.configuration import read_settings
    from trustpath.facts.live.aws_api import Account, AwsApi, AwsOptions, check_profiles
    from trustpath.facts.live.clusters import READS, name_by_endpoint
    from trustpath.facts.live.connection import Options, connect
    from trustpath.facts.live.deadline import Deadline
    from trustpath.facts.live.kubernetes_api import ApiError, KubernetesApi
    from trustpath.facts.live.permissions import COMMANDS, Needs
    from trustpath.facts.live.reader import LiveReader

    settings = read_settings()
    deadline = Deadline(live.timeout)
    context = live.context or settings.context
    needs = COMMANDS[command] | Needs(certificates=live.online, logs=live.pod_logs)
    connection = connect(Options(live.kubeconfig, context, live.as_user, live.as_groups), deadline)
    hints = connection.hints
    options = AwsOptions(
        live.profile or settings.profile or _own_profile(hints),
        live.region or settings.region or hints.region,
        live.role_arn,
        {name: Account(item.profile, item.role_arn) for name, item in settings.accounts.items()},
    )
    if needs.aws:
        check_profiles(options)
    account = AwsApi(options, deadline)
    try:
        cluster = KubernetesApi(connection, deadline)
    except ApiError as error:
        raise LiveError(error.said, "check the cluster and the user of the context") from None
    reader = LiveReader(cluster, account, deadline, needs)
    read_own_profiles(reader.answers)
    name = cluster_name or settings.cluster_name or hints.name
    if not name and needs.aws >= READS:
        name = name_by_endpoint(account, connection, deadline)
    _say_where(connection, name, options)
    return Connected(reader, cluster, account, connection.namespace, name)


class Facts:
    """The facts of one command: the files that were given, else what the cluster and the account say.

    ``namespace`` and ``cluster_name`` are what a question means where it does not say.
    """

    def __init__(self, command: str, sources: tuple[str, ...], live: Live, namespace: str, cluster_name: str) -> None:
        if sources and (live.online or live.pod_logs or live.cross_checks):
            from trustpath.errors import QuestionError

            option = "--online" if live.online else "--logs" if live.pod_logs else "--cross-check"
            raise QuestionError(f"{option} reads what is there now, and --from gives files", "leave one of them out")
        self._sources = sources
        self.connected = None if sources else connect_live(command, live, cluster_name)
        self._left_out: tuple[LeftOut, ...] = ()
        self.namespace = namespace or (self.connected.namespace if self.connected else "default")
        self.cluster_name = self.connected.cluster_name if self.connected else cluster_name

    def answer(self, ask: "Callable[[Snapshot, Places], T]") -> T:
        """Return what ``ask`` says of the facts; a live source is read until it says all that it can."""
        from trustpath.errors import QuestionError
        from trustpath.facts.dumps import read_dumps

        if self.connected is not None:
            with self.connected.progress():
                found = self.connected.reader.answer(ask)
            self._left_out = tuple(self.connected.reader.answers.left_out)
            return found
        snapshot, places = read_dumps(self._sources)
        self._left_out = snapshot.left_out
        if self.cluster_name and snapshot.aws.cluster_names and self.cluster_name not in snapshot.aws.cluster_names:
            names = ", ".join(snapshot.aws.cluster_names)
            raise QuestionError(f"no cluster {self.cluster_name} in these facts", f"they hold {names}")
        return ask(snapshot, places)

    def say_left_out(self) -> None:
        """Tell on stderr what could not be read: for answers that have no place for it."""
        if not self._left_out:
            return
        from trustpath.model.trace import Unread
        from trustpath.render.left_out_text import left_out_lines
        from trustpath.render.terminal import Terminal

        items = tuple(Unread(item.place, item.problem) for item in self._left_out)
        for line in left_out_lines(items, len(items), Terminal.of(sys.stderr, "auto")):
            click.echo(line.rstrip(), err=True)


def _own_profile(hints: "EksHints") -> str:
    named = os.environ.get("AWS_PROFILE") or os.environ.get("AWS_ACCESS_KEY_ID")
    return "" if named else hints.profile


def _say_where(connection: "Connection", cluster_name: str, options: "AwsOptions") -> None:
    parts = [connection.shown, connection.server]
    if cluster_name:
        parts.append(f"EKS cluster {cluster_name}")
    if options.profile:
        parts.append(f"AWS profile {options.profile}")
    click.echo(f"reading {', '.join(parts)}", err=True)
