"""The last link: the role may do what is asked, and what the call needs behind it."""

from shlex import quote

from msgspec import structs

from trustpath.engine import sts
from trustpath.engine.eks import pod_identity
from trustpath.engine.iam.dependent_actions import dependent_actions
from trustpath.engine.iam.request import RoleSession
from trustpath.engine.iam.session_request import Session, resource_account_of
from trustpath.model.answers import Located
from trustpath.model.arn import Arn
from trustpath.model.fact import Missing, NotCollected
from trustpath.model.iam import KmsKey
from trustpath.model.policy_facts import encryption_command, shown_resource
from trustpath.model.trace import Need
from trustpath.paths.links import NOT_REACHED, Finding, LinkResult, broken, need, unknown
from trustpath.paths.pod_to_aws.symptoms import is_of_the_pod, names_unreadable, refusal, refuses, stands_at
from trustpath.paths.pod_to_aws.walk import Walk
from trustpath.paths.role_permissions import Evaluation, evaluate

LAYERS = {
    "identity": "no policy of the role allows it",
    "boundary": "the permissions boundary does not allow it",
    "session": "the session policy does not allow it",
    "scp": "no service control policy allows it",
    "resource": "the policy of the resource does not admit the role",
}


def follow(walk: Walk) -> LinkResult:
    """Return what this link found."""
    if not walk.action or walk.action.lower() == sts.ACTION.lower():
        return LinkResult("not-applicable", "no AWS action was asked for")
    if walk.acting is None:
        return NOT_REACHED
    if walk.action_told and not is_of_the_pod(walk):
        return LinkResult("not-applicable", "the message is of another identity")
    walk.evaluation = _evaluate(walk, walk.acting, walk.action, walk.resource)
    result = _result(walk, walk.evaluation)
    if told := _on_the_way(walk, walk.acting):
        return told
    if result.state != "ok":
        return result
    return _behind_the_call(walk, walk.acting, result)


def _on_the_way(walk: Walk, session: Session) -> LinkResult | None:
    """Return the denial of a call that the program makes before the one that is asked for, as a message tells of it.

    Programs assume a second role, pass tags on, or use a key on their way.
    """
    said = refusal(walk)
    action = said.action.lower() if said is not None else ""
    if said is None or not said.resource or action == walk.action.lower() or not is_of_the_pod(walk):
        return None
    if action not in ("sts:assumerole", "sts:tagsession") and not action.startswith("kms:"):
        return None
    found = _evaluate(walk, session, said.action, said.resource)
    if not found.denied:
        return None
    walk.on_the_way = found
    result = _result(walk, found)
    return structs.replace(result, says=f"on its way: {result.says}", evidence=(*result.evidence, stands_at(walk, "")))


def _evaluate(walk: Walk, session: Session, action: str, resource: str, *, via: str = "") -> Evaluation:
    policy = None
    if walk.association is not None and walk.association.value.policy is not None:
        policy = Located(walk.association.value.policy, walk.association.source.at("policy"))
    return evaluate(walk.snapshot, session, action, resource, region=walk.region, via=via, session_policy=policy)


def _result(walk: Walk, found: Evaluation) -> LinkResult:
    decision = found.decision
    what = f"{found.action} on {found.resource}" if found.resource else found.action
    if found.only_on:
        return unknown(
            f"{found.action} is allowed on some resources only; the question names none",
            Need("the resource: write its ARN behind the action"),
            evidence=tuple(found.place(result) for result in found.only_on),
        )
    if decision.result in ("allowed", "unknown") and (key := unusable_key(walk, found)) is not None:
        state = key.value.state
        return broken(
            f"the key is {state}: nobody can use it",
            Finding(key.source.at("KeyState"), state, "the state of the key"),
            expected="an enabled key",
            got=state,
        )
    match decision.result:
        case "allowed" if (found.unread or names_unreadable(walk)) and refuses(walk, found):
            suggest_limits(walk)
            return unknown(
                f"{what} is allowed by the policies that were read, and a message says that it is refused",
                *found.unread,
                evidence=(stands_at(walk, "the refusal"),),
            )
        case "allowed":
            says = f"may {what}" + _unless(found.unread)
            lacking = (*found.unread, *_key_unread(walk, found))
            return LinkResult("ok", says, evidence=found.statements(), needs=tuple(need(fact) for fact in lacking))
        case "unknown":
            return unknown(
                f"whether role {found.session.role.name} may {what} depends on what was not read",
                *found.needs(),
                evidence=found.statements(),
            )
        case "explicitly-denied":
            by = ", ".join(dict.fromkeys(result.policy for result in decision.decided_by)) or "a policy"
            return broken(
                f"{what} is denied by {by}", *found.statements(), expected="no Deny that applies", got="a Deny"
            )
        case _:
            return broken(
                f"{what}: {LAYERS.get(decision.layer, 'nothing allows it')}",
                *_nearest(found),
                expected=f"a statement that allows {what}",
                got="none applies",
            )


# What the policies of the role allow may still be refused by these.
_LIMITS = (
    "bucket-policy-explicit-deny",
    "resource-policy-explicit-deny",
    "scp-explicit-deny",
    "scp-missing-allow",
    "rcp-explicit-deny",
)


def suggest_limits(walk: Walk) -> None:
    """Let a message suggest only what the facts leave possible: the role's own policies allow the action."""
    if walk.symptom is None or walk.symptom.refusal is None or walk.symptom.refusal.layer:
        return
    service = walk.action.partition(":")[0].lower()
    other = "resource-policy-explicit-deny" if service == "s3" else "bucket-policy-explicit-deny"
    walk.symptom = structs.replace(walk.symptom, causes=tuple(cause for cause in _LIMITS if cause != other))


_USES_OF_A_KEY = ("kms:decrypt", "kms:encrypt", "kms:generate", "kms:reencrypt", "kms:sign", "kms:verify")


def unusable_key(walk: Walk, found: Evaluation) -> Located[KmsKey] | None:
    """Return a KMS key whose state lets nobody use it, where the action is a use of it (a disabled key can be read)."""
    uses = found.action.lower().startswith(_USES_OF_A_KEY)
    key = walk.snapshot.policies.key(found.resource) if uses else None
    return key if key is not None and key.value.state not in ("", "Enabled", "Updating") else None


def _key_unread(walk: Walk, found: Evaluation) -> tuple[Missing, ...]:
    """Return the key that the action uses, where its state was not read."""
    uses = found.action.lower().startswith(_USES_OF_A_KEY) and ":key/" in found.resource
    if not uses or walk.snapshot.policies.key(found.resource) is not None:
        return ()
    identifier = found.resource.rpartition("/")[2]
    command = f"aws kms describe-key --key-id {quote(found.resource)} > {quote(f'kms-describe-key.{identifier}.json')}"
    return (NotCollected(f"the state of key {identifier}", command),)


def _unless(unread: tuple[Missing, ...]) -> str:
    """Name the policies that could still deny, in a few words."""
    words = []
    for fact in unread:
        if fact.what.startswith("the service control"):
            words.append("service control policies")
        elif fact.what.startswith("the resource control"):
            words.append("resource control policies")
        else:
            words.append("the resource's own policy")
    listed = list(dict.fromkeys(words))
    if not listed:
        return ""
    shown = " or ".join([", ".join(listed[:-1]), listed[-1]] if len(listed) > 1 else listed)
    return f", unless {shown} (not read) would deny it"


def _nearest(found: Evaluation) -> tuple[Finding, ...]:
    placed = [result for result in found.decision.near_misses if result.policy in found.sources]
    return tuple(found.place(result) for result in placed[:1])


def _behind_the_call(walk: Walk, session: Session, result: LinkResult) -> LinkResult:
    """Ask for the permissions on the key that encrypts the resource, where a key is known (iam-evaluation 4).

    A session with transitive tags passes them on to the role that it assumes, and has to be allowed to (P6).
    """
    if walk.action.lower() == pod_identity.ASSUME_ROLE.lower() and walk.resource and session.session_tags:
        tagged = _evaluate(walk, session, pod_identity.TAG_SESSION, walk.resource)
        walk.behind_call = (tagged,)
        inner = _result(walk, tagged)
        return result if inner.state == "ok" else inner
    service = walk.action.partition(":")[0].lower()
    account = resource_account_of(walk.resource, session.role.account)
    key = walk.snapshot.policies.key_behind(service, walk.resource, walk.region, account) if walk.resource else None
    if key is None:
        return _with_key_unread(walk, service, result)
    arn = Arn.parse(key.value)
    via = f"{service}.{arn.region if arn else walk.region}.amazonaws.com"
    walk.behind_call = tuple(
        _evaluate(walk, session, dependent.action, key.value, via=via)
        for dependent in dependent_actions(walk.action)
        if dependent.resource == "key" and dependent.when == "customer-key"
    )
    for evaluation in walk.behind_call:
        inner = _result(walk, evaluation)
        if inner.state == "ok":
            result = structs.replace(result, needs=tuple(dict.fromkeys((*result.needs, *inner.needs))))
            continue
        lacking = ", ".join(item.action for item in walk.behind_call if item.denied) or evaluation.action
        verb = "may not use" if inner.state == "broken" else "may perhaps not use"
        says = f"{walk.action} is allowed, but the role {verb} the key that encrypts the resource ({lacking})"
        evidence = (Finding(key.source, key.value, "the key that encrypts the resource"), *inner.evidence)
        return LinkResult(inner.state, says, inner.expected, inner.got, evidence, inner.needs)
    return result


def _with_key_unread(walk: Walk, service: str, result: LinkResult) -> LinkResult:
    """Name the key that may stand behind the call, where how the resource is encrypted was not read."""
    needs_key = any(dependent.when == "customer-key" for dependent in dependent_actions(walk.action))
    if not needs_key or not walk.resource or walk.snapshot.policies.knows_encryption(service, walk.resource):
        return result
    fact = NotCollected(
        f"the key that {shown_resource(service, walk.resource)} is encrypted with",
        encryption_command(service, walk.resource),
    )
    if walk.evaluation is not None and refuses(walk, walk.evaluation):
        return unknown(
            f"{result.says}; the key behind it was not read", fact, evidence=(stands_at(walk, "the refusal"),)
        )
    return structs.replace(result, needs=(*result.needs, need(fact)))


def caller_name(session: Session) -> str:
    """Return the caller as errors of AWS show it."""
    principal: RoleSession = session.principal
    return principal.arn
