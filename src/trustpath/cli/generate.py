"""``trustpath generate``: the least rights that somebody needs, proven."""

import sys
from typing import TYPE_CHECKING, Literal

import click

from trustpath.cli import options
from trustpath.cli.facts import Facts, Live, live_options

if TYPE_CHECKING:
    from trustpath.generate.rbac import IamRole
    from trustpath.model.argo import Version, WrittenWorkflow
    from trustpath.model.generated import GeneratedRbac
    from trustpath.model.generated import Subject as GeneratedSubject
    from trustpath.model.snapshot import Snapshot
    from trustpath.model.use import Use


@click.group(short_help="Write the least rights that somebody needs.")
def generate() -> None:
    """Write the least rights that somebody needs."""


@generate.command(short_help="Write a service account, Roles and bindings.")
@click.argument("target", required=False, default="")
@click.option("-f", "--filename", "files", metavar="FILE|DIR", multiple=True, help="Workflows to write them for.")
@click.option("--sa", "account", metavar="NAME", default="", help="The account that all templates are to run as.")
@click.option("--iam-role", metavar="ARN", default="", help="IAM role of the account that the steps run as.")
@click.option("--pod-identity", metavar="CLUSTER", default="", help="Bind it by EKS Pod Identity, not by annotation.")
@click.option("--argo-version", metavar="X.Y", default="", help="Version of Argo, where no installation was read.")
@click.option(
    "--audit-log", "logs", metavar="FILE|DIR|-", multiple=True, help="What the target did, by the API server."
)
@click.option("--requests", metavar="FILE", default="", help="Messages of refused requests, one a line.")
@click.option("--with-refused", is_flag=True, help="Write rules for what was refused as well.")
@click.option("--check", is_flag=True, help="Compare with the rights that the target has; exit code 1 if they differ.")
@options.namespace
@options.sources
@live_options
@click.option("-o", "--output", type=click.Choice(["yaml", "json"]), default="yaml", show_default=True)
def rbac(
    target: str,
    files: tuple[str, ...],
    account: str,
    iam_role: str,
    pod_identity: str,
    argo_version: str,
    logs: tuple[str, ...],
    requests: str,
    with_refused: bool,
    check: bool,
    namespace: str,
    sources: tuple[str, ...],
    live: Live,
    output: Literal["yaml", "json"],
) -> int:
    """Write what TARGET needs: workflow/NAME, cronworkflow/NAME, workflowtemplate/NAME (by its templates and Argo's
    version), argo-server, argo-controller (by the features that are on), or sa/NAMESPACE:NAME, user/NAME (by what it
    did: --audit-log, --requests).

    Each rule has its reason beside it. The rules were asked of the engine before they are printed. Nothing is applied.

    \b
    trustpath generate rbac -f workflow.yaml --from cluster.trustpath
    trustpath generate rbac workflow/report -n team-a --sa reports --iam-role arn:aws:iam::111122223333:role/reports
    trustpath generate rbac argo-controller --from cluster.trustpath --check
    trustpath generate rbac sa/team-a:reports --audit-log audit.log --from cluster.trustpath

    Exit codes: 0 written, 1 --check found a difference, 2 wrong use or unreadable input.
    """
    from trustpath.render import generated_yaml

    role = _role(iam_role, pod_identity, target)
    found = _found(target, files, account, role, argo_version, logs, requests, with_refused, namespace, sources, live)
    if check:
        return _checked(found)
    if output == "json":
        import msgspec

        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
    else:
        click.echo(generated_yaml.render(found), nl=False)
    return 0


@generate.command("trust-policy", short_help="Write the trust policy of a role for one service account.")
@click.argument("target", metavar="sa/NAMESPACE:NAME")
@click.option("--account-id", metavar="NUMBER", default="", help="AWS account of the role; the provider's without it.")
@options.namespace
@options.sources
@options.cluster_name
@live_options
def trust_policy(
    target: str, account_id: str, namespace: str, sources: tuple[str, ...], cluster_name: str, live: Live
) -> int:
    """Write the trust policy of an IAM role that one service account of this cluster alone may assume.

    Subject and audience are exact. The engine was asked: this account may assume the role, its neighbours may not.

    \b
    trustpath generate trust-policy sa/team-a:reports --from dump/
    trustpath generate trust-policy sa/team-a:reports --account-id 444455556666

    Exit codes: 0 written, 2 wrong use, or the cluster's issuer or the account is not known.
    """
    import msgspec

    from trustpath.errors import QuestionError
    from trustpath.generate.trust_policy import trust_policy as write

    facts = Facts("why", sources, live, namespace, cluster_name)
    kind = target.partition("/")[0]
    if kind not in ("sa", "serviceaccount", "serviceaccounts"):
        raise QuestionError(f"`{target}` is no service account", "write sa/NAMESPACE:NAME")
    subject = _subject(target, facts.namespace)
    document = facts.answer(
        lambda snapshot, _: write(snapshot, subject.namespace, subject.name, facts.cluster_name, account_id)
    )
    click.echo(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())
    return 0


@generate.command("iam-policy", short_help="Write the identity policy that covers what a role did.")
@click.argument("role", metavar="[ROLE]", required=False, default="")
@click.option(
    "--cloudtrail", "logs", metavar="FILE|DIR", multiple=True, required=True, help="Events of CloudTrail. Repeatable."
)
def iam_policy(role: str, logs: tuple[str, ...]) -> int:
    """Write the identity policy that covers the calls of ROLE (its ARN or its name), or of everybody in the events.

    Calls that CloudTrail names otherwise than IAM are translated; those that IAM has no action for are named on stderr,
    as is what the events do not tell. Data events (objects of S3) are recorded only where a trail asks for them.

    \b
    trustpath generate iam-policy reports --cloudtrail events.json
    trustpath generate iam-policy arn:aws:iam::111122223333:role/reports --cloudtrail logs/

    Exit codes: 0 written, 2 wrong use or unreadable input.
    """
    import msgspec

    from trustpath.errors import QuestionError
    from trustpath.facts.cloudtrail import read_cloudtrail
    from trustpath.generate.iam_policy import iam_policy as write

    written = write(read_cloudtrail(logs), role)
    if not written.calls:
        raise QuestionError(f"{role} made no call in these events", "check the role, and which events they are")
    click.echo(msgspec.json.format(msgspec.json.encode(written.document), indent=2).decode())
    click.echo(f"note: from {written.calls} calls", err=True)
    for line in written.unknown:
        click.echo(f"note: IAM has no action for {line}", err=True)
    for line in written.unnamed:
        click.echo(f"note: no event of {line} names its resource: it is allowed on all", err=True)
    for line in written.widened:
        click.echo(f"note: {line}", err=True)
    for line in written.refused:
        click.echo(f"note: refused, and not in here: {line}", err=True)
    return 0


def _found(
    target: str,
    files: tuple[str, ...],
    account: str,
    role: "IamRole | None",
    argo_version: str,
    logs: tuple[str, ...],
    requests: str,
    with_refused: bool,
    namespace: str,
    sources: tuple[str, ...],
    live: Live,
) -> "tuple[GeneratedRbac, ...]":
    from trustpath.cli.why import WORKFLOW_KINDS
    from trustpath.errors import QuestionError
    from trustpath.generate import rbac

    version = _version(argo_version)
    if bool(target) == bool(files):
        raise QuestionError("name one target, or give -f FILE", "trustpath generate rbac --help shows examples")
    by_use = bool(logs or requests)
    if files:
        snapshot, workflows = _from_files(files, sources, namespace)
        return tuple(item for one in workflows for item in rbac.for_workflow(snapshot, one, account, version, role))
    if target.startswith(("sa/", "serviceaccount/", "user/")) != by_use:
        hint = "give --audit-log or --requests" if not by_use else "name the account: sa/NAMESPACE:NAME, or user/NAME"
        raise QuestionError(f"{target}: a subject and what it did go together", hint)
    if by_use:
        subject = _subject(target, namespace)
        uses, refused, notes = _uses(subject, logs, requests, with_refused)
        if not uses:
            raise QuestionError(f"{target} did nothing in what was given", "check the name, and which log it is")
        snapshot = _snapshot(sources)
        return (rbac.for_uses(snapshot, subject, uses, refused, notes),)
    facts = Facts("audit", sources, live, namespace, "")
    if target in ("argo-server", "argo-controller"):
        kind = target.removeprefix("argo-")
        return facts.answer(lambda snapshot, _: rbac.for_component(_wanted(snapshot), kind, version))
    kind, slash, name = target.partition("/")
    if not slash or kind.lower() not in WORKFLOW_KINDS:
        raise QuestionError(
            f"`{target}` is no target",
            "workflow/NAME, cronworkflow/NAME, argo-server, argo-controller, sa/NAMESPACE:NAME",
        )

    def ask(snapshot: "Snapshot", _: object) -> "tuple[GeneratedRbac, ...]":
        one = _named(_wanted(snapshot), WORKFLOW_KINDS[kind.lower()], facts.namespace, name)
        return rbac.for_workflow(snapshot, one, account, version, role)

    return facts.answer(ask)


def _role(arn: str, cluster: str, target: str) -> "IamRole | None":
    """Return the IAM role to bind. Raises QuestionError for what is none, or where nothing binds one."""
    from trustpath.errors import QuestionError
    from trustpath.generate.rbac import IamRole
    from trustpath.model.arn import RoleArn

    if not arn and not cluster:
        return None
    if RoleArn.parse(arn) is None:
        raise QuestionError(f"`{arn}` is no ARN of an IAM role", "write arn:aws:iam::ACCOUNT:role/NAME")
    if target.startswith(("argo-", "sa/", "serviceaccount/", "user/")):
        raise QuestionError(f"{target}: --iam-role is for workflows", "see trustpath generate trust-policy")
    return IamRole(arn, cluster)


def _wanted(snapshot: "Snapshot") -> "Snapshot":
    from trustpath.scan.argo_audit import want_argo

    want_argo(snapshot)
    return snapshot


def _named(snapshot: "Snapshot", kind: str, namespace: str, name: str) -> "WrittenWorkflow":
    from difflib import get_close_matches

    from trustpath.errors import QuestionError
    from trustpath.model.argo import written_workflows

    found = [item for item in written_workflows(snapshot) if item.kind == kind]
    here = "" if kind == "ClusterWorkflowTemplate" else namespace
    for item in found:
        if item.name.rstrip("-") == name.rstrip("-") and item.namespace == here:
            return item
    near = get_close_matches(name, [item.name for item in found], 1)
    shown = ", ".join(sorted({item.shown for item in found})[:5])
    hint = f"did you mean {near[0]}?" if near else f"there are {shown}" if shown else "give its manifest with -f"
    raise QuestionError(f"no {kind} {name}" + (f" in namespace {here}" if here else ""), hint)


def _from_files(
    files: tuple[str, ...], sources: tuple[str, ...], namespace: str
) -> "tuple[Snapshot, list[WrittenWorkflow]]":
    """Return the facts with the workflows of files over them. Raises InputError, QuestionError for none."""
    import msgspec

    from trustpath.errors import InputError, QuestionError
    from trustpath.facts.dumps import read_dumps
    from trustpath.model.argo import written_workflows

    try:
        snapshot, _ = read_dumps((*files, *sources))
    except InputError as error:
        raise InputError(error.message, error.hint or "check -f and --from") from None
    for item in snapshot.left_out:
        raise InputError(f"{item.place}: {item.problem}", item.hint or "mend the manifest")
    own, _ = read_dumps(files)
    workflows = list(written_workflows(own))
    if not workflows:
        raise QuestionError(
            f"{', '.join(files)}: no workflow in it", "give Workflows, CronWorkflows, WorkflowTemplates"
        )
    if namespace:
        for index, one in enumerate(workflows):
            if one.located.value.metadata.namespace is None and one.namespace:
                metadata = msgspec.structs.replace(one.located.value.metadata, namespace=namespace)
                value = msgspec.structs.replace(one.located.value, metadata=metadata)
                located = msgspec.structs.replace(one.located, value=value)
                workflows[index] = msgspec.structs.replace(one, located=located)
    return snapshot, workflows


def _snapshot(sources: tuple[str, ...]) -> "Snapshot":
    from trustpath.facts.dumps import read_dumps
    from trustpath.model.answers import Answers
    from trustpath.model.snapshot import Snapshot

    return read_dumps(sources)[0] if sources else Snapshot(Answers())


def _subject(target: str, namespace: str) -> "GeneratedSubject":
    from trustpath.errors import QuestionError
    from trustpath.model.generated import Subject

    kind, _, name = target.partition("/")
    if kind == "user":
        return Subject("User", name)
    home, colon, account = name.partition(":")
    if not colon:
        home, account = namespace or "default", name
    if not home or not account or ":" in account:
        raise QuestionError(f"`{target}` names no service account", "write sa/NAMESPACE:NAME")
    return Subject("ServiceAccount", account, home)


def _uses(
    subject: "GeneratedSubject", logs: tuple[str, ...], requests: str, with_refused: bool
) -> "tuple[tuple[Use, ...], tuple[str, ...], tuple[str, ...]]":
    """Return what a subject did, what it was refused, and how much of both was read."""
    from trustpath.facts.audit_log import read_audit_logs
    from trustpath.generate.rbac import user_of

    user = user_of(subject).name
    uses: list[Use] = []
    refused: list[Use] = []
    notes: list[str] = []
    if logs:
        seen = read_audit_logs(logs, user)
        uses += seen.uses()
        refused += seen.uses(refused=True)
        notes.append(f"from {seen.of_subject} events of {user}, of {seen.events} in the log")
        if seen.unreadable:
            notes.append(f"{seen.unreadable} lines are no audit events")
    if requests:
        read = _read_requests(requests, user)
        notes.append(f"from {len(read)} refused requests")
        uses += read
    if with_refused:
        uses += refused
        refused = []
    lines = tuple(
        f"{use.verb} {use.resource or use.path}" + (f" in {use.namespace}" if use.namespace else "") for use in refused
    )
    return tuple(uses), lines, tuple(notes)


def _read_requests(file: str, user: str) -> "list[Use]":
    """Return the requests that messages say were refused to a user. Raises InputError."""
    from pathlib import Path

    from trustpath.engine.messages import forbidden
    from trustpath.engine.rbac.request import ResourceRequest
    from trustpath.errors import InputError
    from trustpath.model.use import Use

    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise InputError(f"{file}: {(error.strerror or 'cannot be read').lower()}", "check --requests") from None
    found: dict[Use, None] = {}
    for line in text.splitlines():
        said = forbidden.read(line)
        request = said.request if said is not None else None
        if said is None or said.user not in (None, user) or not isinstance(request, ResourceRequest):
            continue
        names = frozenset({request.name} if request.name else ())
        found[Use(request.verb, request.group, request.combined, request.namespace, names)] = None
    if not found:
        raise InputError(f"{file}: no refused request of {user} in it", "give the API server's messages, one a line")
    return list(found)


def _version(text: str) -> "Version | None":
    import re

    from trustpath.errors import QuestionError

    if not text:
        return None
    match = re.fullmatch(r"v?(\d+)\.(\d+)(?:\.(\d+))?", text)
    if match is None:
        raise QuestionError(f"`{text}` is no version", "write 3.6 or 3.6.12")
    return int(match[1]), int(match[2]), int(match[3] or 0)


def _checked(found: "tuple[GeneratedRbac, ...]") -> int:
    """Print what each subject lacks and has too much. Return the exit code."""
    code = 0
    for item in found:
        subject = item.subject
        name = f"{subject.namespace}/{subject.name}" if subject.namespace else subject.name
        if item.check is None:
            click.echo(f"{name}: no binding that was read names it; it lacks all of what it needs")
            code = 1
            continue
        for line in item.check.missing:
            click.echo(f"{name} lacks: {line}")
        for line in item.check.surplus:
            click.echo(f"{name} has too much: {line}")
        if not (item.check.missing or item.check.surplus):
            click.echo(f"{name} has just what it needs")
        code = code or int(bool(item.check.missing or item.check.surplus))
    return code
