"""The container is left out of the injection.

What: reads the skip list of the pod and the variables that the container sets itself (W2, W8).
Why it denies: when one of AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE is set, neither is injected.
Not a problem when: the container does not call AWS, or sets both variables and mounts the token.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine import webhook
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.admission import webhook_called
from trustpath.paths.pod_to_aws.walk import Walk


@cause("admission", "token")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the webhook's own rules leave the container alone."""
    named = walk.credentials
    if walk.container is None or walk.container_source is None or named is None:
        return
    by_association = walk.method == "pod-identity"
    if named.web_identity and not by_association and walk.token is not None and walk.token.kind == "missing":
        yield from _without_mount(walk)
        return
    if named.container_pair if by_association else named.web_identity:
        return
    if walk.metadata_source is None or not (walk.annotated_role or by_association):
        return
    labelled = webhook.SKIP_LABEL in (walk.metadata.labels or {}) and webhook_called(walk) is False
    if not walk.skipped and not labelled and not walk.is_ephemeral:
        return
    if walk.is_ephemeral:
        place = Finding(walk.container_source.at("name"), walk.container.name, "an ephemeral container")
        what = "it is an ephemeral container, which the webhook never sees"
        helps = "look from a container of the pod itself"
    elif labelled:
        place = Finding(walk.metadata_source.at("labels", webhook.SKIP_LABEL), webhook.SKIP_LABEL, key=True)
        what = f"the pod's label {webhook.SKIP_LABEL} keeps the whole pod out"
        helps = f"take the label {webhook.SKIP_LABEL} off the pod template"
    elif walk.skipped == "skip-containers":
        place = Finding(walk.metadata_source.at("annotations", webhook.SKIP_ANNOTATION), walk.container.name)
        what = f"`{walk.container.name}` stands in the annotation {webhook.SKIP_ANNOTATION}"
        helps = f"take `{walk.container.name}` off the list"
    else:
        pair = webhook.POD_IDENTITY_VARIABLES if by_association else webhook.WEB_IDENTITY_VARIABLES
        name = next(name for name in pair if walk.container.variable(name))
        index = [variable.name for variable in walk.container.env or ()].index(name)
        place = Finding(walk.container_source.at("env", index, "name"), name, "set by hand")
        what = f"it sets {name} itself and not its other half"
        helps = f"remove {name} from the container, so that the webhook sets both"
    yield Diagnosis(
        confidence="certain",
        title=f"the webhook leaves container `{walk.container.name}` out: {what}",
        explanation="The webhook injects both variables or, when one of them is there already, neither.",
        evidence=(place,),
        expected="both variables from the webhook",
        got=what,
        symptom="the caller in AWS errors is the node's role, or a web identity error about a missing half",
        help=(helps, "then recreate the pods"),
        rank=-1,
    )


def _without_mount(walk: Walk) -> Iterator[Diagnosis]:
    """W8: a container that sets the pair itself gets neither variables nor, with all the rest set, the mount."""
    place = walk.variable_source(webhook.TOKEN_VARIABLE)
    if not walk.annotated_role or place is None or not walk.injected or walk.container is None:
        return
    yield Diagnosis(
        confidence="likely",
        title=f"container `{walk.container.name}` sets both variables itself, and the webhook mounts it no token",
        explanation="The webhook leaves a container alone that sets everything itself, and mounts no token then.",
        evidence=(Finding(place, walk.credentials.token_file if walk.credentials else "", "set by hand"),),
        expected="both variables and the mount from the webhook",
        got="both variables, no mount",
        symptom="No such file or directory: the token file",
        help=(
            "remove the AWS_ variables from the pod template, so that the webhook sets them",
            "then recreate the pods",
        ),
        rank=-1,
    )
