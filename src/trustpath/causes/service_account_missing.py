"""The pod names a service account that does not exist.

What: looks up the service account that the pod or its template names.
Why it denies: without the object the API server creates no pod and issues no token.
Not a problem when: the account is created together with the workload and the dump is older.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.pod_to_aws.walk import Walk


@cause("service-account")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the facts show that the account is not there."""
    if not walk.account_absent:
        return
    others = [item.value.metadata.name for item in walk.snapshot.kubernetes.service_accounts_in(walk.namespace)]
    # Every namespace has an account `default`: a dump that shows it lists them all.
    yield Diagnosis(
        confidence="certain" if "default" in others else "likely",
        title=f"service account `{walk.namespace}/{walk.account_name}` does not exist",
        explanation=f"The namespace has {', '.join(sorted(others)) or 'no service account that was read'}.",
        evidence=walk.result("service-account").evidence,
        expected=f"{walk.namespace}/{walk.account_name}",
        got="no such service account",
        symptom=f"error looking up service account {walk.namespace}/{walk.account_name}: "
        f'serviceaccount "{walk.account_name}" not found',
        help=("create it with the annotation eks.amazonaws.com/role-arn, or correct serviceAccountName",),
    )
