"""Which cluster is meant and how to reach it: kubeconfigs as kubectl reads them, or the pod's own account.

The official client reads the files: it merges several of them, runs exec plugins of every version, and knows proxy-url
and tls-server-name. Where it differs from kubectl is put right here: of several files the first one that sets the
current context counts, and an exec plugin that fails is an error.
"""

import logging
import os
import re
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from trustpath.errors import LiveError
from trustpath.facts.clients import read_kubeconfig
from trustpath.facts.live.deadline import Deadline, ExpiredError, before
from trustpath.model.answers import Answers, Located
from trustpath.model.client import Kubeconfig
from trustpath.model.source import Source

_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_CLUSTER_ARN = re.compile(r"arn:aws[\w-]*:eks:(?P<region>[\w-]+):(?P<account>\d{12}):cluster/(?P<name>[\w-]+)")
_ENDPOINT = re.compile(r"https://[^.]+\.[^.]+\.(?P<region>[a-z0-9-]+)\.eks\.amazonaws\.com")
_EKSCTL = re.compile(r"(?:[^@]+@)?(?P<name>[\w-]+)\.(?P<region>[a-z]{2}(?:-[a-z]+)+-\d)\.eksctl\.io")

Headers = tuple[tuple[str, str], ...]


class Options(Struct, frozen=True):
    """What the command line says of the cluster. Empty means: as kubectl would."""

    kubeconfig: str = ""
    context: str = ""
    as_user: str = ""
    as_groups: tuple[str, ...] = ()


class EksHints(Struct, frozen=True):
    """What a kubeconfig says of the EKS cluster behind it; each part is empty where it does not tell."""

    name: str = ""
    region: str = ""
    account: str = ""
    profile: str = ""


class Connection(Struct):
    """A way to the API server. ``configuration`` is the official client's."""

    context: str
    server: str
    namespace: str
    configuration: Any
    headers: Headers
    hints: EksHints = EksHints()
    kubeconfig: Located[Kubeconfig] | None = None

    @property
    def shown(self) -> str:
        """Return how to name the cluster to people."""
        return f"context {self.context}" if self.context else "the cluster of this pod"


def connect(options: Options, deadline: Deadline) -> Connection:
    """Return the way to the cluster that is meant. Nothing is sent yet, but an exec plugin may be run.

    Raises LiveError where no cluster is configured, or its configuration cannot be used in time.
    """
    headers = impersonation(options.as_user, options.as_groups)
    files = _files(options.kubeconfig)
    there = [file for file in files if file.is_file()]
    if options.kubeconfig and not there:
        raise LiveError(f"{options.kubeconfig}: no such file", "check --kubeconfig")
    if there:
        return _from_files(there, options.context, headers, deadline)
    if (_ACCOUNT / "token").is_file() and os.environ.get("KUBERNETES_SERVICE_HOST"):
        return _in_cluster(headers)
    looked = ", ".join(str(file) for file in files)
    raise LiveError(
        f"no cluster to ask: there is no kubeconfig ({looked})",
        "give --kubeconfig, or files with --from: what kubectl and the AWS CLI print",
    )


def context_names(kubeconfig: str = "") -> list[str]:
    """Return the names of the contexts that there are. Raises LiveError for files that cannot be read."""
    merged = _merged([file for file in _files(kubeconfig) if file.is_file()])
    return [str(item.get("name")) for item in merged["contexts"]]


def impersonation(user: str, groups: tuple[str, ...]) -> Headers:
    """Return the headers that act as somebody else. Raises LiveError for groups without a user."""
    if groups and not user:
        raise LiveError("--as-group needs --as", "kubectl asks for both, too")
    named = (("Impersonate-User", user),) if user else ()
    return (*named, *(("Impersonate-Group", group) for group in groups))


def _files(given: str) -> list[Path]:
    if given:
        return [Path(given).expanduser()]
    named = [part for part in os.environ.get("KUBECONFIG", "").split(os.pathsep) if part]
    return [Path(part).expanduser() for part in named or ["~/.kube/config"]]


def _from_files(files: list[Path], context: str, headers: Headers, deadline: Deadline) -> Connection:
    from kubernetes.client import Configuration
    from kubernetes.config import ConfigException, kube_config

    merged = _merged(files)
    chosen = context or merged["current-context"]
    names = [item.get("name") for item in merged["contexts"]]
    shown = os.pathsep.join(map(str, files))
    if not chosen:
        raise LiveError(f"{shown}: no context is set", f"give --context; there are {', '.join(map(str, names))}")
    if chosen not in names:
        raise LiveError(f"{shown}: no context {chosen}", f"there are {', '.join(map(str, names)) or 'none'}")
    facts = _facts(merged, chosen, shown)
    configuration = Configuration()
    load = partial(
        kube_config.load_kube_config,
        os.pathsep.join(map(str, files)),
        chosen,
        client_configuration=configuration,
        persist_config=False,
    )
    complaints = _Complaints()
    logging.getLogger().addHandler(complaints)
    try:
        if facts.value.plugin is None:
            load()
        else:
            before(deadline, load)  # it may wait for somebody
    except ExpiredError:
        raise LiveError(
            f"context {chosen}: no credentials within {deadline.seconds:g} s", "run its credential plugin by itself"
        ) from None
    except (ConfigException, OSError, ValueError, KeyError, TypeError) as error:
        raise LiveError(
            f"{shown}, context {chosen}: {_one_line(error)}", "kubectl get --raw /version tells more"
        ) from None
    finally:
        logging.getLogger().removeHandler(complaints)
    if complaints.texts and facts.value.plugin is not None and not configuration.api_key:
        raise LiveError(
            f"context {chosen}: the credential plugin {facts.value.plugin.command} gave no token: "
            f"{_one_line(complaints.texts[-1])}",
            f"run {facts.value.plugin.command} by itself: it says more",
        )
    entry = next(item["context"] for item in merged["contexts"] if item.get("name") == chosen)
    namespace = str(entry.get("namespace") or "default")
    server = str(configuration.host)
    return Connection(chosen, server, namespace, configuration, headers, hints_of(facts.value), facts)


def _merged(files: list[Path]) -> dict[str, Any]:
    """Return the files as one configuration: of equal names, and of the current context, the first one counts."""
    import yaml

    merged: dict[str, Any] = {"current-context": "", "contexts": [], "clusters": [], "users": []}
    for file in files:
        try:
            with file.open(encoding="utf-8") as stream:
                content = yaml.load(stream, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)) or {}  # noqa: S506
        except OSError as error:
            raise LiveError(
                f"{file}: {(error.strerror or 'cannot be read').lower()}", "check its permissions"
            ) from None
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            mark = getattr(error, "problem_mark", None)
            place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
            raise LiveError(f"{file}{place}: not YAML", "kubectl config view checks it") from None
        if not isinstance(content, dict):
            raise LiveError(f"{file}: no kubeconfig", "kubectl config view checks it")
        merged["current-context"] = merged["current-context"] or content.get("current-context") or ""
        for key in ("contexts", "clusters", "users"):
            known = {item.get("name") for item in merged[key]}
            items = content.get(key) or []
            if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
                raise LiveError(f"{file}: `{key}` is no list of names and values", "kubectl config view checks it")
            merged[key] += [item for item in items if item.get("name") not in known]
    return merged


def _facts(merged: dict[str, Any], context: str, shown: str) -> Located[Kubeconfig]:
    """Return the context as the questions read it. Raises LiveError where it has another form."""
    answers = Answers()
    try:
        data = msgspec.json.encode({**merged, "current-context": context, "kind": "Config"})
        read_kubeconfig(data, Source(shown), answers)
    except (msgspec.MsgspecError, TypeError) as error:
        raise LiveError(f"{shown}: {error}", "kubectl config view checks it") from None
    return next(item for item in answers.kubeconfigs if item.value.context == context)


def _in_cluster(headers: Headers) -> Connection:
    from kubernetes.client import Configuration
    from kubernetes.config import ConfigException, load_incluster_config

    configuration = Configuration()
    try:
        load_incluster_config(client_configuration=configuration)
        namespace = (_ACCOUNT / "namespace").read_text(encoding="utf-8").strip()
    except (ConfigException, OSError) as error:
        raise LiveError(f"the service account of this pod cannot be used: {_one_line(error)}", "") from None
    return Connection("", str(configuration.host), namespace or "default", configuration, headers)


def hints_of(kubeconfig: Kubeconfig) -> EksHints:
    """Return what a context says of its EKS cluster: by its names, its server, and its credential plugin."""
    name = region = account = profile = ""
    if match := _ENDPOINT.match(kubeconfig.server):
        region = match["region"]
    for text in (kubeconfig.context, kubeconfig.cluster):
        if match := _CLUSTER_ARN.search(text):
            name, region, account = match["name"], match["region"], match["account"]
        elif match := _EKSCTL.fullmatch(text):
            name, region = name or match["name"], region or match["region"]
    plugin = kubeconfig.plugin
    if plugin is not None:
        named = plugin.cluster_name
        name = named if named and "/" not in named else name
        region = plugin.option("--region") or region or plugin.environment.get("AWS_REGION", "")
        profile = plugin.profile
    return EksHints(name, region, account, profile)


class _Complaints(logging.Handler):
    """Keeps what the client only logs: that an exec plugin failed."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


def _one_line(error: object) -> str:
    from trustpath.facts.logs import redact_line

    return redact_line(" ".join(str(error).split()))[:400]
