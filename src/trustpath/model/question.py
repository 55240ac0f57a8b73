"""What a user asks."""

from msgspec import Struct


class AskedRequest(Struct, frozen=True, rename="camel", omit_defaults=True):
    """A request as the API server would see it. An empty ``namespace`` means the cluster, or all namespaces.

    ``path`` is set for a URL that is no resource, and then nothing but the verb is.
    """

    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""


class PodToAws(Struct, frozen=True, tag_field="kind", tag="pod-to-aws"):
    """Does this workload get its AWS role?

    ``target_kind`` is Pod, ServiceAccount or a workload's kind. ``action`` and ``resource`` are what the
    workload wants to do in AWS; empty where only the role is asked for.
    """

    target_kind: str
    namespace: str
    name: str
    container: str = ""
    action: str = ""
    resource: str = ""
    cluster: str = ""


class KubernetesRequest(Struct, frozen=True, tag_field="kind", tag="kubernetes-request"):
    """May this user do it? A service account is the user ``system:serviceaccount:<namespace>:<name>``.

    ``groups_known`` is false where the user comes from a message: that does not tell the groups.
    """

    user: str
    groups: tuple[str, ...]
    request: AskedRequest
    cluster: str = ""
    groups_known: bool = True


class PrincipalToCluster(Struct, frozen=True, tag_field="kind", tag="principal-to-cluster"):
    """Whom does the cluster take this IAM principal for, and may that user do it?

    ``request`` is None where only the user is asked for.
    """

    principal_arn: str
    request: AskedRequest | None
    cluster: str = ""


class Message(Struct, frozen=True, tag_field="kind", tag="message"):
    """What does this message mean? ``text`` is without what is secret in it.

    ``user`` and ``request`` are what it says of a refused request, empty where it says nothing of it.
    """

    text: str
    user: str = ""
    request: AskedRequest | None = None


Claim = str | bool | int | float | list[str] | None
"""A claim of a token, as far as any rule can see it."""


class ArgoSignIn(Struct, frozen=True, tag_field="kind", tag="argo-sign-in"):
    """As whom does a person act who signs in to the Argo server of a namespace?

    ``claims`` are those of the person's OIDC token. ``workflows_in`` is the namespace whose workflows are looked at.
    """

    namespace: str
    claims: dict[str, Claim]
    workflows_in: str = ""


class WorkflowRun(Struct, frozen=True, tag_field="kind", tag="workflow-run"):
    """May the steps of this workflow do what Argo's executor does beside them, and what their templates say?

    ``target_kind`` is Workflow, CronWorkflow, WorkflowTemplate or ClusterWorkflowTemplate.
    """

    target_kind: str
    namespace: str
    name: str
    cluster: str = ""

    @property
    def request(self) -> AskedRequest | None:
        """Return no request: it is about all that the workflow makes."""
        return None


Question = PodToAws | KubernetesRequest | PrincipalToCluster | ArgoSignIn | WorkflowRun | Message
