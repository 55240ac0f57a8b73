"""The program's configuration insists on IRSA, for an account that has Pod Identity only.

What: looks at a SecretProviderClass of the pod and at the ProviderConfigs of Crossplane.
Why it denies: what asks for IRSA looks for the annotation, or for AWS_ROLE_ARN, and finds neither.
Not a problem when: the service account is annotated as well.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.pod_to_aws.sdk import demanded_irsa
from trustpath.paths.pod_to_aws.symptoms import stands_at
from trustpath.paths.pod_to_aws.walk import Walk


@cause("sdk", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when a configuration asks for IRSA and an association is all there is."""
    shown = demanded_irsa(walk)
    told = walk.symptom is not None and walk.symptom.causes[:1] == ("app-config-demands-irsa",)
    if walk.method != "pod-identity" or walk.annotated_role or not (shown or told):
        return
    shown = shown or (stands_at(walk, "the program says so"),)
    crossplane = bool(shown) and shown[0].label == "insists on IRSA"
    of_store = shown[0].value == "parameters"
    yield Diagnosis(
        confidence="likely",
        title="the configuration insists on IRSA, and the service account has a Pod Identity association only",
        explanation=f"`{walk.namespace}/{walk.account_name}` has no annotation eks.amazonaws.com/role-arn.",
        evidence=shown,
        expected="a setting for EKS Pod Identity, or the annotation",
        got=shown[0].value if crossplane else "usePodIdentity is not true" if of_store else "a setting for IRSA",
        symptom="An IAM role must be associated with service account …",
        help=(
            "set spec.credentials.source to PodIdentity"
            if crossplane
            else 'set spec.parameters.usePodIdentity to "true"'
            if of_store
            else "take the service account out of the program's configuration, so that its SDK chooses",
            "or annotate the service account with a role for IRSA, and delete the association",
        ),
    )
