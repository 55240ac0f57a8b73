"""The service account that asks does not exist.

What: looks the account up in the namespace that its name says.
Why it denies: the API server gives no token for an account that is not there, and takes none of one that was deleted.
Not a problem when: the name is only impersonated; RBAC decides about names.
"""

from collections.abc import Iterator
from shlex import quote

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.kubernetes_request.walk import Walk
from trustpath.paths.links import Finding


@cause("account")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the namespace's accounts were read and this one is not among them."""
    if walk.account is None:
        return
    namespace, name = walk.account
    accounts = walk.snapshot.kubernetes.service_accounts_in(namespace)
    others = sorted(item.value.metadata.name for item in accounts)
    shown = [
        Finding(
            walk.rbac.binding(grant).source.at("subjects", grant.position, "name"), name, "this binding is for nobody"
        )
        for grant in walk.own_grants
    ]
    listed = [Finding(item.source.at("metadata", "name"), item.value.metadata.name, "an account that is there")
              for item in accounts]  # fmt: skip
    yield Diagnosis(
        confidence="certain",
        title=f"service account `{namespace}/{name}` does not exist",
        explanation=f"Namespace {namespace} has {', '.join(others)}.",
        evidence=(*shown, *listed),
        expected=f"{namespace}/{name}",
        got="no such service account",
        symptom=f'serviceaccounts "{name}" not found',
        help=("create it, or name one that is there:", f"kubectl create serviceaccount {quote(name)} -n {namespace}"),
    )
