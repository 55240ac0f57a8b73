"""Kubernetes requests and the users that make them, as people type them."""

import re
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from trustpath.engine.rbac.request import Request
    from trustpath.model.question import KubernetesRequest, PrincipalToCluster
    from trustpath.model.snapshot import Snapshot

ACCOUNT_WORDS = ("sa", "serviceaccount", "serviceaccounts")
_SUBJECT_WORDS = ("user", "users", "role", *ACCOUNT_WORDS)
_VERB = re.compile(r"[a-z*][a-z:*-]*")
# A colon marks an action of AWS, but for the verbs of constrained impersonation (R45).
_IMPERSONATION = ("impersonate:", "impersonate-on:")


def is_cluster_question(words: tuple[str, ...]) -> bool:
    """Return whether words ask about the cluster's API: an IAM principal, a user, or a service account and a verb."""
    first, *rest = words
    kind, slash, _ = first.partition("/")
    if first.startswith("arn:") or kind in ("user", "users", "role"):
        return True
    if not slash:
        rest = rest[1:]
    return _workload_kind(kind) != "" and bool(rest) and _is_verb(rest[0])


def _workload_kind(word: str) -> str:
    """Return the kind that a word such as deploy or sa stands for, empty for no workload."""
    from trustpath.cli.why import KIND_OF

    return KIND_OF.get(word.lower().partition(".")[0], "")


_VERBS = ("*", "create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
_SPECIAL_VERBS = ("approve", "attest", "bind", "escalate", "impersonate", "proxy", "sign", "use")
_URL_VERBS = ("*", "delete", "get", "head", "options", "patch", "post", "put")


def warn_of_verb(verb: str, resource: str) -> None:
    """Say on stderr that no API server asks about a verb, as kubectl auth can-i does: RBAC compares any word."""
    from difflib import get_close_matches

    known = _URL_VERBS if resource.startswith("/") else (*_VERBS, *_SPECIAL_VERBS)
    if verb.lower() in known or verb.startswith(_IMPERSONATION):
        return
    near = get_close_matches(verb.lower(), known, 1)
    click.echo(f"warning: `{verb}` is no verb that is known" + (f"; did you mean {near[0]}?" if near else ""), err=True)


def warn_of_request(words: tuple[str, ...]) -> None:
    """Say on stderr that the verb of a question about the cluster is not known."""
    _, _, rest = _subject(words)
    if len(rest) > 1:
        warn_of_verb(rest[0], rest[1])


def warn_of_action(action: str) -> None:
    """Say on stderr that the Service Authorization Reference has no such action."""
    from difflib import get_close_matches

    from trustpath.engine.iam.service_reference import action_exists, actions, services

    service, _, name = action.partition(":")
    if service.lower() not in services():
        near = get_close_matches(service.lower(), services(), 1)
        what, meant = f"AWS has no service `{service}`", near[0] if near else ""
    elif not action_exists(service, name):
        near = get_close_matches(name, actions(service.lower()), 1)
        what, meant = f"AWS has no action `{action}`", f"{service}:{near[0]}" if near else ""
    else:
        return
    hint = f"; did you mean {meant}?" if meant else ""
    click.echo(f"warning: {what} as far as is known here{hint}", err=True)


def _is_verb(word: str) -> bool:
    return ":" not in word or word.startswith(_IMPERSONATION)


def parse_cluster_question(
    words: tuple[str, ...],
    namespace: str,
    groups: tuple[str, ...],
    cluster: str,
    snapshot: "Snapshot",
    *,
    all_namespaces: bool = False,
) -> "KubernetesRequest | PrincipalToCluster":
    """Return the question. Raises QuestionError for words that make none."""
    from trustpath.engine.rbac.request import groups_of, service_account
    from trustpath.errors import QuestionError
    from trustpath.model.question import KubernetesRequest, PrincipalToCluster
    from trustpath.paths.who_can import asked_request

    kind, name, rest = _subject(words)
    if len(rest) > 3:
        raise QuestionError(f"`{rest[3]}` is one word too many", "a verb, a resource and a name may follow the subject")
    if len(rest) == 1:
        raise QuestionError(f"`{rest[0]}` what?", "name a resource after the verb: list pods, get /healthz")
    asked = None
    if rest:
        verb, resource, object_name = [*rest, ""][:3]
        where = "" if all_namespaces else namespace
        asked = asked_request(parse_request(verb, resource, object_name, where, snapshot))
    if kind == "arn":
        if groups:
            raise QuestionError("--group is for user/NAME", "the cluster gives the groups of an IAM principal itself")
        return PrincipalToCluster(name, asked, cluster)
    if kind == "role":
        return PrincipalToCluster(_role_arn(name, snapshot), asked, cluster)
    if asked is None:
        raise QuestionError(f"what does {'/'.join((kind, name))} want to do?", "add a verb and a resource: list pods")
    if workload := _workload_kind(kind).removesuffix("ServiceAccount"):
        name = f"{namespace}:{_account_of(workload, namespace, name, snapshot)}"
        kind = ACCOUNT_WORDS[0]
    if kind in ACCOUNT_WORDS:
        where, colon, account = name.partition(":")
        user = service_account(where, account) if colon else service_account(namespace, name)
        return KubernetesRequest(user.name, _with(user.groups, groups), asked, cluster)
    return KubernetesRequest(name, _with(groups_of(name), groups), asked, cluster)


def _subject(words: tuple[str, ...]) -> tuple[str, str, list[str]]:
    from trustpath.errors import QuestionError

    first, *rest = words
    if first.startswith("arn:"):
        return "arn", first, rest
    kind, slash, name = first.partition("/")
    if not slash and rest:
        name, *rest = rest
    if not name:
        raise QuestionError(f"`{first}` names nobody", f"write {kind}/NAME")
    kind = kind.lower()
    return {"users": "user", **dict.fromkeys(ACCOUNT_WORDS, "sa")}.get(kind, kind), name, rest


def _account_of(kind: str, namespace: str, name: str, snapshot: "Snapshot") -> str:
    """Return the service account that a workload runs as. Raises QuestionError where the workload was not read."""
    from trustpath.errors import QuestionError
    from trustpath.model.fact import Known
    from trustpath.model.kubernetes import Pod

    fact = snapshot.kubernetes.object(kind, namespace, name)
    if isinstance(fact, Known):
        value = fact.value.value
        spec = value.spec if isinstance(value, Pod) else (value.template.spec if value.template else None)
        if spec is not None:
            return str(spec.account)
    shown = kind.lower()
    raise QuestionError(
        f"which service account does {shown} {namespace}/{name} run as?",
        f"it is not among the facts: give sa/{namespace}:NAME, or kubectl get {shown} {name} -n {namespace} -o yaml",
    )


def _with(groups: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*groups, *more)))


def principal_of(word: str, snapshot: "Snapshot") -> str:
    """Return the ARN of a principal given as ARN or ``role/NAME``; without a word that of the AWS CLI's caller."""
    from trustpath.errors import QuestionError

    if word.startswith("role/"):
        return _role_arn(word.removeprefix("role/"), snapshot)
    if word:
        return word
    caller = snapshot.aws.caller()
    if caller is None:
        raise QuestionError("whom?", "give an ARN, or the answer of aws sts get-caller-identity among the facts")
    return caller.value.arn


def _role_arn(name: str, snapshot: "Snapshot") -> str:
    from trustpath.errors import QuestionError
    from trustpath.model.reads import AwsRead

    snapshot.aws.caller()
    snapshot.aws.want(AwsRead("iam:GetRole", (("RoleName", name.rpartition("/")[2]),)))
    found = [role.value.arn for role in snapshot.aws.roles() if role.value.name == name.rpartition("/")[2]]
    if len(found) == 1:
        return found[0]
    if found:
        raise QuestionError(f"which role {name}?", f"the facts hold {', '.join(sorted(found))}: give the ARN")
    if snapshot.aws.account:
        return f"arn:aws:iam::{snapshot.aws.account}:role/{name}"
    raise QuestionError(f"of which account is role {name}?", "the facts do not tell: give its ARN")


def parse_request(verb: str, resource: str, name: str, namespace: str, snapshot: "Snapshot | None" = None) -> "Request":
    """Return the request as the API server would see it. Raises QuestionError for a resource that is not known.

    ``snapshot`` may hold definitions of custom resources.
    """
    from trustpath.engine.rbac.request import ResourceRequest, UrlRequest
    from trustpath.errors import QuestionError
    from trustpath.model.api_resources import find_resource

    if resource.startswith("/"):
        return UrlRequest(verb.lower(), resource)
    if not _VERB.fullmatch(verb):
        raise QuestionError(f"`{verb}` is no verb of Kubernetes", "verbs are get, list, watch, create, update, patch …")
    full, _, subresource = resource.partition("/")
    plural, dot, group = full.partition(".")
    known = snapshot.kubernetes.custom_resource(plural, group) if snapshot else None
    if known is None:
        known = find_resource(plural)
    if known is None and not dot:
        raise QuestionError(
            f"`{plural}` is no resource that every cluster has",
            f"say its API group: {plural}.GROUP, as kubectl api-resources prints it",
        )
    if known is not None and (not dot or known.group == group):
        plural, group = known.name, known.group
        if not known.namespaced:
            # R4: one namespace is asked for in itself.
            namespace = name if plural == "namespaces" else ""
    if verb in ("create", "deletecollection") and not subresource:
        name = ""  # R26: the API server does not know the name when it authorizes
    return ResourceRequest(verb, group, plural, subresource, namespace, name)
