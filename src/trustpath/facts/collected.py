"""Answers of a cluster and of AWS, gathered one by one, each under the command that prints it.

Of an object only what a question reads is kept, and its text is written from that: what is shown, what is saved, and
what is read again are the same.
"""

from collections.abc import Iterator, Mapping
from shlex import quote
from typing import Any

import msgspec
from msgspec import Raw

from trustpath.facts import aws, kubernetes, logs
from trustpath.facts.positions import Outline, Places
from trustpath.model.answers import Answers, LeftOut, Located, Refusal
from trustpath.model.kubernetes import NOT_NAMESPACED
from trustpath.model.kubernetes_facts import RESOURCES
from trustpath.model.reads import (
    AwsRead,
    CertificatesRead,
    Document,
    IssuerRead,
    KubernetesRead,
    LogRead,
    Read,
    ReadResult,
)
from trustpath.model.source import Source

CALLER = AwsRead("sts:GetCallerIdentity")
GROUPS = {
    "ClusterRole": "apis/rbac.authorization.k8s.io/v1",
    "ClusterRoleBinding": "apis/rbac.authorization.k8s.io/v1",
    "ClusterWorkflowTemplate": "apis/argoproj.io/v1alpha1",
    "ConfigMap": "api/v1",
    "CronJob": "apis/batch/v1",
    "CronWorkflow": "apis/argoproj.io/v1alpha1",
    "CustomResourceDefinition": "apis/apiextensions.k8s.io/v1",
    "DaemonSet": "apis/apps/v1",
    "Deployment": "apis/apps/v1",
    "Ingress": "apis/networking.k8s.io/v1",
    "Job": "apis/batch/v1",
    "LimitRange": "api/v1",
    "MutatingWebhookConfiguration": "apis/admissionregistration.k8s.io/v1",
    "Namespace": "api/v1",
    "NetworkPolicy": "apis/networking.k8s.io/v1",
    "Node": "api/v1",
    "Pod": "api/v1",
    "ProviderConfig": "apis/aws.upbound.io/v1beta1",
    "ReplicaSet": "apis/apps/v1",
    "ReplicationController": "api/v1",
    "ResourceQuota": "api/v1",
    "Role": "apis/rbac.authorization.k8s.io/v1",
    "RoleBinding": "apis/rbac.authorization.k8s.io/v1",
    "Secret": "api/v1",
    "SecretProviderClass": "apis/secrets-store.csi.x-k8s.io/v1",
    "Service": "api/v1",
    "ServiceAccount": "api/v1",
    "StatefulSet": "apis/apps/v1",
    "Workflow": "apis/argoproj.io/v1alpha1",
    "WorkflowTemplate": "apis/argoproj.io/v1alpha1",
}
"""Under which path the API server serves each kind that a question reads."""


def group_of(kind: str) -> str:
    """Return the API group of a kind, empty for the core one."""
    path = GROUPS[kind].removeprefix("apis/")
    return path.rpartition("/")[0] if path != GROUPS[kind] else ""


class InvalidObjectError(Exception):
    """An object has another form than the API server gives its kind."""


class Collected:
    """Gathers answers into the facts of a snapshot."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.documents: dict[str, tuple[Document, bytes]] = {}
        self.objects: dict[str, tuple[str, Any]] = {}
        self.logs: dict[str, bytes] = {}

    def places(self) -> Places:
        """Return where everything stands."""
        answers = {name: text for name, (_, text) in self.documents.items()}
        texts = _Texts(self.objects, answers | self.logs)
        return Places(texts, _Outlines(texts))

    def add_result(self, read: Read, result: ReadResult) -> None:
        """Note how a read went."""
        self.answers.reads[read] = result
        if result.status == "failed" or (result.status != "read" and isinstance(read, LogRead)):
            self.answers.left_out.append(LeftOut(command_of(read), 0, 0, result.said))
        elif result.status != "read" and isinstance(read, AwsRead):
            status = "NotFound" if result.status == "absent" else "Forbidden"
            account = read.account or self.answers.own_account
            refusal = Refusal(status, read.action, read.subject, result.said, account)
            self.answers.refusals.append(Located(refusal, Source(command_of(read))))

    def add_answer(self, read: Document, text: bytes) -> None:
        """Add an answer in the form that the AWS CLI prints, the API server's own about its issuer, or certificates."""
        name = command_of(read)
        self.documents[name] = (read, text)
        subject, account = (read.subject, read.account) if isinstance(read, AwsRead) else ("", "")
        account = account or self.answers.own_account
        try:
            aws.read(msgspec.json.decode(text, type=dict[str, Raw]), Source(name), subject, self.answers, account)
        except aws.AnswerError as error:
            self.answers.left_out.append(LeftOut(name, 0, 0, error.problem))
        except (msgspec.DecodeError, RecursionError):
            self.answers.left_out.append(LeftOut(name, 0, 0, "the answer is no JSON object"))

    def add_log(self, read: LogRead, text: bytes) -> None:
        """Add a log: what is secret in it by its form is blacked out, and only telling lines become facts."""
        name = command_of(read)
        lines = (logs.redact_line(line) for line in text.decode(errors="replace").split("\n"))
        self.logs[name] = "\n".join(lines).encode()
        logs.read(self.logs[name], Source(name), f"{read.pod}.{read.container}.log", self.answers, is_log=True)

    def add_object(self, kind: str, item: bytes | Raw) -> None:
        """Add an object as the API server gives it: of a secret's data, of variables and of commands little is kept.

        Raises InvalidObjectError for one that has another form than its kind.
        """
        try:
            value = kubernetes.decode(kind, item)
        except (msgspec.DecodeError, RecursionError) as error:
            raise InvalidObjectError(f"a {kind} is not valid: {error}") from None
        metadata = value.metadata
        name = command_of(KubernetesRead(kind, metadata.namespace or "", metadata.name))
        self.objects[name] = (kind, value)
        self.answers.objects.append((kind, Located(value, Source(name))))


def command_of(read: Read) -> str:
    """Return the command that prints what a read gives: it is the name under which people see it."""
    if isinstance(read, IssuerRead):
        return "kubectl get --raw /.well-known/openid-configuration"
    if isinstance(read, CertificatesRead):
        host = quote(read.issuer.removeprefix("https://").partition("/")[0])
        return f"openssl s_client -showcerts -servername {host} -connect {host}:443"
    if isinstance(read, LogRead):
        previous = " --previous" if read.previous else ""
        return f"kubectl logs {quote(read.pod)} -n {quote(read.namespace)} -c {quote(read.container)}{previous}"
    if isinstance(read, AwsRead):
        return _aws_command(read)
    resource = RESOURCES[read.kind]
    everywhere = " -A" if not read.name and read.kind not in NOT_NAMESPACED else ""
    where = f" -n {quote(read.namespace)}" if read.namespace else everywhere
    labels = f" -l {quote(read.labels)}" if read.labels else ""
    labels += f" --field-selector {quote(read.fields)}" if read.fields else ""
    if read.name:
        return f"kubectl get {resource.removesuffix('s')} {quote(read.name)}{where}"
    return f"kubectl get {resource}{where}{labels}"


_CLI_SERVICES = {"s3": "s3api"}


def _aws_command(read: AwsRead) -> str:
    from botocore import xform_name

    words = ["aws", _CLI_SERVICES.get(read.service, read.service), xform_name(read.operation, "-")]
    for key, value in read.parameters:
        words += [f"--{xform_name(key, '-')}", quote(value)]
    if read.region:
        words += ["--region", read.region]
    # Which profile leads to another account only its owner knows.
    return " ".join(words) + (f" # with credentials of account {read.account}" if read.account else "")


class _Texts(Mapping[str, bytes]):
    """The texts of answers by the commands that print them; one is written only when a finding is drawn."""

    def __init__(self, objects: Mapping[str, tuple[str, Any]], documents: Mapping[str, bytes]) -> None:
        self._objects = objects
        self._documents = documents
        self._written: dict[str, bytes] = {}

    def __getitem__(self, name: str) -> bytes:
        if name not in self._written:
            self._written[name] = self._write(name)
        return self._written[name]

    def _write(self, name: str) -> bytes:
        """Return a text as kubectl and the AWS CLI lay it out."""
        if name not in self._documents:
            return msgspec.json.format(encode_object(*self._objects[name]), indent=2)
        try:
            return msgspec.json.format(self._documents[name], indent=4)
        except (msgspec.DecodeError, RecursionError):
            return self._documents[name]

    def __iter__(self) -> Iterator[str]:
        yield from self._documents
        yield from self._objects

    def __len__(self) -> int:
        return len(self._documents) + len(self._objects)

    def __contains__(self, name: object) -> bool:
        return name in self._documents or name in self._objects


class _Outlines(Mapping[tuple[str, int], Outline]):
    """Every text is one document."""

    def __init__(self, texts: Mapping[str, bytes]) -> None:
        self._texts = texts

    def __getitem__(self, key: tuple[str, int]) -> Outline:
        name, document = key
        if document:
            raise KeyError(key)
        return Outline(0, len(self._texts[name]), [])

    def __iter__(self) -> Iterator[tuple[str, int]]:
        return ((name, 0) for name in self._texts)

    def __len__(self) -> int:
        return len(self._texts)


def encode_object(kind: str, value: Any) -> bytes:
    """Return an object as JSON, with its kind and only the fields that are kept."""
    head = msgspec.json.encode({"apiVersion": GROUPS[kind].removeprefix("apis/").removeprefix("api/"), "kind": kind})
    return head[:-1] + b"," + msgspec.json.encode(value)[1:]
