"""The message beside the question: whose it is, which link it speaks of, and whether it settles what facts leave open.

A message never outweighs a fact that proves the contrary; it settles a link that the facts leave open, and those
links that no manifest shows: what the program does, and what the network lets through.
"""

import re

from msgspec import structs

from trustpath.engine.binding_age import seconds_between
from trustpath.engine.iam.wildcards import compile_pattern
from trustpath.engine.messages.aws_refusal import AwsRefusal
from trustpath.engine.messages.symptom import Symptom, read_symptom
from trustpath.model.answers import Located
from trustpath.model.arn import RoleArn
from trustpath.model.log import LogLine
from trustpath.model.source import Source
from trustpath.paths.links import MESSAGE, Finding, LinkResult, broken
from trustpath.paths.pod_to_aws.walk import Walk
from trustpath.paths.role_permissions import Evaluation

_REFUSAL = re.compile(r"is not authorized to perform:? [a-z0-9-]{1,40}:[A-Za-z0-9*]{1,80}")
# The link of a row where the layer does not tell it.
_OF_ROW = {
    "E029": "sdk",
    "E050": "node",
    "E051": "node",
    "E059": "oidc-provider",
    "E060": "oidc-provider",
    "E061": "token",
    "E062": "oidc-provider",
    "E063": "oidc-provider",
    "E064": "token",
    "E065": "trust-policy",
    "E066": "role-arn",
    "E067": "role-arn",
    "E071": "network",
    "E072": "network",
    "E073": "network",
    "E076": "node",
    "E077": "sdk",
    "E078": "permissions",
    "E079": "permissions",
    "E080": "trust-policy",
    "E081": "binding",
    "E082": "token",
    "E083": "node",
    "E087": "network",
    "E088": "node",
    "E097": "node",
    "E098": "node",
    "E100": "admission",
    "E104": "network",
    "E128": "network",
    "A003": "network",
    "T016": "token",
}
_OF_LAYER = {"iam-authz": "permissions", "sdk-chain": "sdk", "token-file": "token", "agent": "token", "imds": "node"}
# Messages that only say that the program found nothing, or that something failed: any link may be behind them.
_NOTHING_FOUND = frozenset({"E095", "E096", "E099", "E126", "E127", "E129", "T015"})
# Links that no fact proves to be whole, and messages of what no fact shows: certificates, keys, the age of a token.
_SHOWN_BY_MESSAGES = frozenset({"sdk", "network", "node"})
_NOT_IN_FACTS = frozenset({"E062", "E063", "E064", "E082", "E086", "E101", "E102"})


def find_symptom(walk: Walk) -> None:
    """Take the newest telling line of the pod's own logs for the message, where none was given."""
    if walk.symptom is not None:
        walk.symptom_place = Source.of_line(MESSAGE, 1)
        return
    if walk.pod is not None and walk.container is not None:
        status, container = walk.pod.value.status, walk.container.name
        restarted = status is not None and status.restarts(container) > 0
        walk.snapshot.want_log(walk.namespace, walk.metadata.name, container, restarted=restarted)
    found: tuple[Symptom, Source] | None = None
    for item in reversed(own_lines(walk)):
        symptom = read_symptom(item.value.text)
        if symptom is None or symptom.kind != "other" or symptom.row is None:
            continue
        if not _is_bare(symptom):
            found = (symptom, item.source)
            break
        found = found or (symptom, item.source)
    if found is not None:
        walk.symptom, walk.symptom_place = found
        walk.from_log = True


def finds_no_credentials(symptom: Symptom) -> bool:
    """Return whether a program says that it found no credentials, or could not ask the agent."""
    return symptom.row is not None and symptom.row.number in ("E050", "E051", "E088", "E095", "E096", "E099", "T015")


def _is_bare(symptom: Symptom) -> bool:
    """Return whether a message says no more than that something was refused: one before it may say why."""
    bare = symptom.row is not None and symptom.row.number in _NOTHING_FOUND | {"E130", "T013", "A005"}
    return bare and (symptom.refusal is None or not symptom.refusal.action)


_OF_IRSA = (
    "sa-annotation-",
    "sdk-no-web-identity",
    "sdk-missing-sts-module",
    "trust-sub",
    "trust-federated",
    "oidc-",
    "sts-",
)
_OF_ADMISSION = ("webhook-", "pod-older-than-binding", "pod-uses-other-service-account")


def fit_suggestions(walk: Walk) -> None:
    """Leave out of a message's suggestions what the facts refute: the other method, and what admission did right."""
    if walk.symptom is None or walk.results["admission"].state != "ok":
        return
    other = _OF_IRSA if walk.method == "pod-identity" else ("pod-identity-", "sdk-no-pod-identity")
    left = tuple(
        cause for cause in walk.symptom.causes if not cause.startswith((*other, *_OF_ADMISSION, "sa-annotation-"))
    )
    walk.symptom = structs.replace(walk.symptom, causes=left)


def is_own(walk: Walk, line: Located[LogLine]) -> bool:
    """Return whether a line is of the log of the pod and the container: only the name of the file tells.

    ``orders-12.log`` is not of pod ``orders-1``, and ``orders-1.sidecar.log`` not of another container.
    """
    name = walk.log_subject
    found = (
        re.search(rf"(?:^|[^a-z0-9-]){re.escape(name)}(?:$|[^a-z0-9-](?P<rest>.*))", line.value.subject)
        if name
        else None
    )
    if found is None:
        return False
    parts = re.split(r"[^a-z0-9-]", found["rest"] or "")
    others = {container.name for container in walk.spec.all_containers} if walk.spec else set()
    mine = walk.container.name if walk.container else ""
    return mine in parts or not others.intersection(parts)


def own_lines(walk: Walk) -> list[Located[LogLine]]:
    """Return the telling lines of the pod's own log."""
    return [item for item in walk.snapshot.log_lines() if is_own(walk, item)]


def refusal(walk: Walk) -> AwsRefusal | None:
    """Return what the message says of a refused call."""
    return walk.symptom.refusal if walk.symptom is not None else None


def take_question(walk: Walk) -> None:
    """Take action and resource of the message where the question names none.

    Whether the message is of the pod's own role is known later: see ``is_of_the_pod``.
    """
    walk.action, walk.resource = walk.question.action, walk.question.resource
    said = refusal(walk)
    if said is None or not said.action or said.action.lower().startswith(("sts:assumerolewith", "eks-auth:")):
        return
    if not walk.action:
        walk.action, walk.resource, walk.action_told = said.action, said.resource, True
    elif not walk.resource and said.action.lower() == walk.action.lower():
        walk.resource = said.resource


def link_of(symptom: Symptom) -> str:
    """Return the link that a message speaks of, empty where it leaves that open or speaks of other things."""
    row = symptom.row
    if row is None or row.number in _NOTHING_FOUND:
        return "permissions" if symptom.refusal is not None and symptom.refusal.action else ""
    return _OF_ROW.get(row.number) or _OF_LAYER.get(symptom.layer, "")


def node_acted(walk: Walk) -> bool:
    """Return whether the message shows that the node's role acted."""
    if node_line(walk) is not None:
        return True
    said = refusal(walk)
    if said is None or not said.principal:
        return False
    if said.action.lower().startswith("eks-auth:"):
        return False  # the agent always calls as the node (P10)
    node = walk.host.role
    return said.by_node or (node is not None and said.role == node.name)


def node_line(walk: Walk) -> Finding | None:
    """Return the line of the pod's own log that shows the session of the node's role, as get-caller-identity does."""
    role = walk.host.role
    if role is None:
        return None
    pattern = re.compile(rf":assumed-role/{re.escape(role.name)}/i-[0-9a-f]{{8,17}}\b")
    for item in reversed(own_lines(walk)):
        found = pattern.search(item.value.text)
        if found is not None and "eks-auth:" not in item.value.text:
            return Finding(item.source, item.value.text, "the caller", (found.start() + 1, len(found[0]) - 1))
    return None


def another_acted(walk: Walk) -> str:
    """Return the caller of the message where it is neither the pod's role nor the node's, else nothing."""
    said = refusal(walk)
    if said is None or not said.principal or said.by_node or node_acted(walk) or walk.role_arn is None:
        return ""
    return "" if _is_role(said, walk.role_arn) else said.principal


def is_of_the_pod(walk: Walk) -> bool:
    """Return whether the message is of the role that the pod acts as, or names no caller."""
    said = refusal(walk)
    if said is None or not said.principal:
        return True
    return walk.acting is not None and _is_role(said, walk.acting.role)


def _is_role(said: AwsRefusal, role: RoleArn) -> bool:
    """Return whether the caller is a role: by its name, and its account where the message has one."""
    return said.role == role.name and said.account in ("", role.account)


def blame(walk: Walk, link: str, result: LinkResult) -> LinkResult:
    """Return a link's result with what the message says of it."""
    symptom = walk.symptom
    if symptom is None or link_of(symptom) != link or result.state in ("broken", "not-applicable"):
        return result
    shown_alone = link in _SHOWN_BY_MESSAGES or (symptom.row is not None and symptom.row.number in _NOT_IN_FACTS)
    if result.state == "ok" and not shown_alone:
        return result
    if result.state == "not-reached" and link != "permissions":
        return result
    if link == "sdk" and symptom.row is not None and symptom.row.number == "E077" and not node_acted(walk):
        return result
    if link == "binding" and walk.association is not None:
        return result
    if link == "permissions" and not _is_about_question(walk, symptom):
        return result
    return broken(
        f"the message says: {symptom.says}", stands_at(walk, ""), *result.evidence, got=symptom.text.strip()[:200]
    )


def _is_about_question(walk: Walk, symptom: Symptom) -> bool:
    """Return whether a refusal is of the action that is asked for and of the role that is meant."""
    said = symptom.refusal
    if said is None or not said.action:
        return walk.from_log is False
    return is_of_the_pod(walk) and said.action.lower() == walk.action.lower() and _same_resource(walk, said)


def _same_resource(walk: Walk, said: AwsRefusal) -> bool:
    """Return whether a message may be about the resource that is asked for; either may be a pattern."""
    if not said.resource or not walk.resource:
        return True
    one, other = said.resource, walk.resource
    return compile_pattern(one).matches(other) or compile_pattern(other).matches(one)


def names_unreadable(walk: Walk) -> bool:
    """Return whether the message names a kind of policy that is never among the facts."""
    said = refusal(walk)
    own_session_policy = walk.association is not None and walk.association.value.policy is not None
    return said is not None and (said.layer == "endpoint" or (said.layer == "session" and not own_session_policy))


def refuses(walk: Walk, found: Evaluation) -> bool:
    """Return whether the message says that this very thing was refused, by a policy that was not read.

    Where it blames a kind of policy that was read whole and allows, it is of another time.
    """
    if walk.symptom is None or link_of(walk.symptom) != "permissions" or not _is_about_question(walk, walk.symptom):
        return False
    said = refusal(walk)
    if said is not None and said.layer in ("identity", "boundary"):
        return False
    return said is None or not said.action or said.action.lower() == found.action.lower()


def stands_at(walk: Walk, label: str) -> Finding:
    """Return the place of the message."""
    if walk.symptom is None:
        return Finding(walk.symptom_place, "", label)
    return Finding(walk.symptom_place, walk.symptom.text, label, _telling_part(walk.symptom))


def _telling_part(symptom: Symptom) -> tuple[int, int]:
    """Return where in its line a message says it: a line of a log may be long."""
    said = symptom.refusal
    if said is not None and said.principal and (said.by_node or not said.action):
        return symptom.text.find(said.principal), len(said.principal)
    pattern = _REFUSAL if said is not None and said.action else None
    found = pattern.search(symptom.text) if pattern is not None else None
    if found is None and symptom.row is not None:
        found = re.search(symptom.row.pattern, symptom.text)
    return (found.start(), found.end() - found.start()) if found is not None else (0, 0)


_TIME = re.compile(r"\b(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)")
_HOST_REFUSED = frozenset({"E089", "E090", "E091", "E092"})
LATER_SECONDS = 1800
"""How long after a pod's start a refusal shows that the first credentials had worked: less than any of them lives."""


def worked_before(walk: Walk) -> tuple[str, str] | None:
    """Return the pod's start and the time of its first refusal, where that came so late that credentials had worked.

    Only for a refusal of the agent's address by the SDK: such a program asks at its first call.
    """
    symptom, pod = walk.symptom, walk.pod
    if symptom is None or symptom.row is None or symptom.row.number not in _HOST_REFUSED or pod is None:
        return None
    started = (pod.value.status.start_time if pod.value.status else None) or pod.value.metadata.creation_timestamp
    times = [
        found[1]
        for item in own_lines(walk)
        if (said := read_symptom(item.value.text)) is not None
        and said.row is not None
        and said.row.number in _HOST_REFUSED
        and (found := _TIME.search(item.value.text))
    ]
    if not started or not times:
        return None
    first = min(times)
    return (started, first) if seconds_between(started, first) > LATER_SECONDS else None
