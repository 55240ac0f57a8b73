"""The fifth link: the webhook gave the pod role and token when it was created."""

from shlex import quote

from trustpath.engine import webhook
from trustpath.engine.binding_age import BindingAge, binding_age, is_later
from trustpath.engine.credentials.environment import Credentials
from trustpath.engine.iam.three_valued import Truth
from trustpath.model.answers import Located
from trustpath.model.fact import Absent, Denied, Known, NotCollected
from trustpath.model.kubernetes import MutatingWebhookConfiguration, Webhook
from trustpath.model.log import FAILED_CALL, LogLine
from trustpath.model.snapshot import Snapshot
from trustpath.model.source import Source
from trustpath.model.trace import Need
from trustpath.paths.links import NOT_REACHED, Finding, LinkResult, broken, ok, unknown, unread
from trustpath.paths.pod_to_aws.walk import Walk


def follow(walk: Walk) -> LinkResult:
    """Return what this link found."""
    if walk.binding is None:
        return NOT_REACHED
    if walk.binding.origin == "node":
        return LinkResult("not-applicable", "nothing is injected for the node's role")
    if walk.spec is None:
        return _predicted_admission(walk)
    named = walk.credentials
    if named is None or walk.container is None:
        return unknown("the pod has no container", Need("a pod with a container"))
    if named.role_hidden or named.token_hidden:
        return unknown(
            "the container takes AWS_ROLE_ARN or AWS_WEB_IDENTITY_TOKEN_FILE from a ConfigMap or Secret",
            Need("the values in the running container", walk.printenv(webhook.ROLE_VARIABLE, webhook.TOKEN_VARIABLE)),
        )
    if walk.method == "pod-identity" and walk.pod is not None:
        return _check_container_pair(walk, named)
    if named.web_identity:
        return _check_injected_role(walk, named)
    if walk.pod is None:
        return _predicted_admission(walk)
    got = "neither variable"
    if named.role_arn or named.token_file:
        got = "AWS_ROLE_ARN alone" if named.role_arn else "AWS_WEB_IDENTITY_TOKEN_FILE alone"
    return broken(
        f"container {walk.container.name} has no AWS_ROLE_ARN; the webhook gives it only when a pod is created",
        Finding(walk.pod.source.at("metadata", "name"), walk.metadata.name, "the pod as it runs"),
        expected="AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE",
        got=got,
    )


def _check_container_pair(walk: Walk, named: Credentials) -> LinkResult:
    """Return whether the container has what the webhook gives for Pod Identity (W8, W10)."""
    container = walk.container.name if walk.container else ""
    if named.container_pair:
        source = walk.variable_source(webhook.POD_IDENTITY_VARIABLES[0])
        return ok(
            "the agent's address and a token file are set", *([Finding(source, named.full_uri)] if source else [])
        )
    hidden = [
        name
        for name in webhook.POD_IDENTITY_VARIABLES
        if walk.container and (variable := walk.container.variable(name)) is not None and variable.hidden
    ]
    if hidden or (walk.container and walk.container.env_from and walk.injected):
        return unknown(
            "the container takes variables of Pod Identity from a ConfigMap or Secret",
            Need("the values in the running container", walk.printenv(*webhook.POD_IDENTITY_VARIABLES)),
        )
    half = next((name for name in webhook.POD_IDENTITY_VARIABLES if walk.variable_source(name)), "")
    return broken(
        f"container {container} has no {webhook.POD_IDENTITY_VARIABLES[0]}; the webhook gives it only when a pod is "
        "created",
        *(
            [Finding(walk.pod.source.at("metadata", "name"), walk.metadata.name, "the pod as it runs")]
            if walk.pod
            else []
        ),
        expected=" and ".join(webhook.POD_IDENTITY_VARIABLES),
        got=f"{half} alone" if half else "neither variable",
    )


def _check_injected_role(walk: Walk, named: Credentials) -> LinkResult:
    source = walk.variable_source(webhook.ROLE_VARIABLE)
    evidence = (Finding(source, named.role_arn),) if source else ()
    if walk.binding is None or walk.binding.origin != "annotation" or walk.binding.role == named.role_arn:
        return ok("role and token file are set", *evidence)
    if walk.asks_for_role_itself is None:
        owner = next(iter(walk.metadata.owner_references or ()), None)
        command = (
            f"kubectl get {owner.kind.lower()} {quote(owner.name)} -n {quote(walk.namespace)} -o yaml" if owner else ""
        )
        return unknown(
            f"the container has role {named.role_arn}, its service account names another: "
            "whether the pod's owner asks for it was not read",
            Need("the template that the pod was made from", command),
            evidence=evidence,
        )
    return broken(
        "the pod was given another role than its service account names now",
        *evidence,
        expected=walk.binding.role,
        got=named.role_arn,
    )


def pod_identity_webhooks(
    snapshot: Snapshot,
) -> tuple[tuple[Located[MutatingWebhookConfiguration], int, Webhook], ...]:
    """Return every pod identity webhook, with its configuration and its index there."""
    return tuple(
        (item, index, hook)
        for item in snapshot.kubernetes.all_of("MutatingWebhookConfiguration")
        for index, hook in enumerate(item.value.webhooks or ())
        if webhook.is_pod_identity_webhook(hook)
    )


_EKS_WEBHOOK = (
    '{"apiVersion":"admissionregistration.k8s.io/v1","kind":"MutatingWebhookConfiguration",'
    '"metadata":{"name":"pod-identity-webhook"},"webhooks":[{"name":"iam-for-pods.amazonaws.com",'
    '"clientConfig":{"url":"https://127.0.0.1:23443/mutate","caBundle":"\'"$CA"\'"},'
    '"rules":[{"operations":["CREATE"],"apiGroups":[""],"apiVersions":["v1"],"resources":["pods"],"scope":"*"}],'
    '"failurePolicy":"Ignore","matchPolicy":"Equivalent","reinvocationPolicy":"IfNeeded","sideEffects":"None",'
    '"timeoutSeconds":10,"admissionReviewVersions":["v1beta1"]}]}'
)
"""The webhook as EKS itself registers it (W15); ``$CA`` is a variable of the shell."""


def recreate_webhook_commands(walk: Walk) -> tuple[str, str]:
    """Return the commands that register EKS's own webhook again, with the cluster's CA (W16)."""
    cluster = quote(walk.cluster_name or "CLUSTER")
    return (
        f"CA=$(aws eks describe-cluster --name {cluster} --query cluster.certificateAuthority.data --output text)",
        f"kubectl apply -f - <<< '{_EKS_WEBHOOK}'",
    )


def failed_call(snapshot: Snapshot, hook: Webhook) -> Located[LogLine] | None:
    """Return the line of a log that tells of a failed call of a webhook, None where there is none."""
    phrase = f'{FAILED_CALL} "{hook.name}"'
    return next((line for line in snapshot.failed_webhook_calls if phrase in line.value.text.lower()), None)


def self_hosted_webhook(snapshot: Snapshot) -> bool:
    """Return whether the cluster runs its own pod identity webhook, whose flags are not among the facts."""
    return webhook.is_self_hosted(hook for _, _, hook in pod_identity_webhooks(snapshot))


def webhook_missing(walk: Walk) -> Absent | Known[str] | None:
    """Return what shows that no pod identity webhook is registered, None when nothing does.

    Silence of a dump proves nothing while another pod of it was injected.
    """
    kubernetes = walk.snapshot.kubernetes
    if pod_identity_webhooks(walk.snapshot):
        return None
    configurations = kubernetes.objects("MutatingWebhookConfiguration")
    if isinstance(configurations, Known) and not _is_one_by_name(configurations.value):
        return Known("none of the mutating webhook configurations has it")
    named = kubernetes.object("MutatingWebhookConfiguration", "", "pod-identity-webhook")
    for fact in (named, configurations):
        if isinstance(fact, Absent) and not (fact.implied and kubernetes.injected_pods):
            return fact
    return None


def _is_one_by_name(configurations: tuple[Located[MutatingWebhookConfiguration], ...]) -> bool:
    """Return whether the dump may come from `kubectl get mutatingwebhookconfiguration NAME`."""
    return len(configurations) == 1 and configurations[0].source == Source(configurations[0].source.file)


def webhook_called(walk: Walk) -> Truth:
    """Return whether the API server calls a pod identity webhook for this pod; None when not known."""
    hooks = pod_identity_webhooks(walk.snapshot)
    if not hooks:
        return False if webhook_missing(walk) else None
    labels = _namespace_labels(walk)
    answers = [webhook.called_for(hook, walk.metadata, labels) for _, _, hook in hooks]
    return True if True in answers else (None if None in answers else False)


def webhook_left_out_by(walk: Walk, hook: Webhook) -> webhook.Element:
    """Return the element of a webhook that keeps this pod from it, empty when none does."""
    return webhook.left_out_by(hook, walk.metadata, _namespace_labels(walk))


def _namespace_labels(walk: Walk) -> dict[str, str] | None:
    namespace = walk.snapshot.kubernetes.object("Namespace", "", walk.namespace)
    return (namespace.value.value.metadata.labels or {}) if isinstance(namespace, Known) else None


def pod_age(walk: Walk) -> BindingAge:
    """Return whether the pod is older than what binds the role: its account's annotation, or the association."""
    created = walk.metadata.creation_timestamp or ""
    if walk.association is not None and walk.method == "pod-identity":
        bound = walk.association.value.created_at
        if not bound or not created:
            return BindingAge("not-known", False, "")
        return BindingAge("newer" if is_later(bound, created) else "older", True, bound)
    if walk.account is None:
        return BindingAge("not-known", False, "")
    siblings = [
        pod.value.metadata.creation_timestamp or ""
        for pod in walk.snapshot.kubernetes.pods_running_as(walk.namespace, walk.account_name)
        if webhook.injected_volume(pod.value.spec)
    ]
    changes = [
        item.value.modified_at for item in walk.snapshot.aws.addons() if item.value.role_arn == walk.annotated_role
    ]
    return binding_age(walk.account.value.metadata, created, changes, min(siblings, default=""))


def _predicted_admission(walk: Walk) -> LinkResult:
    """Say what the webhook would do with a new pod, of which there is none yet."""
    if walk.method != "pod-identity" and (walk.account is None or not walk.annotated_role):
        return NOT_REACHED
    if walk.container and walk.skipped:
        return broken(f"the webhook would leave container {walk.container.name} alone ({walk.skipped})")
    hooks = pod_identity_webhooks(walk.snapshot)
    match webhook_called(walk):
        case True if not any(hook.client_config.ca_bundle for _, _, hook in hooks):
            return unknown(
                "the webhook's configuration has no caBundle, so the call may fail",
                Need("whether the API server can call it", "the API server's log: failed calling webhook"),
            )
        case True if failed := next(filter(None, (failed_call(walk.snapshot, hook) for _, _, hook in hooks)), None):
            return unknown(
                "a log says that the API server's call of the webhook failed",
                Need("whether the call succeeds now", "the API server's log: failed calling webhook"),
                evidence=(Finding(failed.source, failed.value.text, "the call failed"),),
            )
        case True:
            return _check_association(walk)
        case False if _proven(webhook_missing(walk)) or hooks:
            return broken(
                "no pod identity webhook is called for its pods",
                expected="the webhook iam-for-pods.amazonaws.com, called when pods are created",
                got="none",
            )
        case _:
            return _webhook_unread(walk)


def _proven(missing: Absent | Known[str] | None) -> bool:
    return missing is not None and not (isinstance(missing, Absent) and missing.implied)


def _webhook_unread(walk: Walk) -> LinkResult:
    command = "kubectl get mutatingwebhookconfigurations -o yaml > mutatingwebhookconfigurations.yaml"
    missing: Denied | NotCollected = NotCollected("any MutatingWebhookConfiguration", command)
    for fact in (
        walk.snapshot.kubernetes.objects("MutatingWebhookConfiguration"),
        walk.snapshot.kubernetes.object("Namespace", "", walk.namespace),
    ):
        if isinstance(fact, Denied | NotCollected):
            missing = fact
            break
    return unknown(f"whether the webhook is called {unread(missing)}", missing)


def _check_association(walk: Walk) -> LinkResult:
    # W6: for a new pod an association takes the place of the annotation.
    if walk.method == "pod-identity":
        return ok("the webhook would inject the agent's address and a token file into a new pod")
    found = walk.snapshot.aws.association(walk.cluster_name, walk.namespace, walk.account_name)
    if isinstance(found, Denied | NotCollected):
        return unknown(f"whether a Pod Identity association takes the annotation's place {unread(found)}", found)
    return ok("the webhook would inject role and token file into a new pod")
