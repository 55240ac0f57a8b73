"""No token reaches the API server.

What: finds a kubeconfig without a credential, and takes the message of an anonymous user.
Why it denies: a request without a token is anonymous: 403 for system:anonymous up to 1.31, 401 from 1.32 on (K2).
Not a problem when: the request is for /healthz, /livez or /readyz.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.rbac.request import ANONYMOUS, User
from trustpath.paths.kubernetes_request.findings import at_binding
from trustpath.paths.kubernetes_request.walk import Walk
from trustpath.paths.links import Finding
from trustpath.paths.principal_to_cluster.symptoms import at_message, confidence
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk


@cause("cluster-token", "authorization", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold for the anonymous user, for a kubeconfig without any credential, and where a message says so."""
    if walk.user is not None and walk.user.name == ANONYMOUS:
        yield _anonymous(walk, walk.user)
        return
    if not isinstance(walk, PrincipalWalk) or walk.result("cluster-token").state == "ok":
        return
    found = walk.kubeconfig
    cluster = walk.cluster_name or "CLUSTER"
    help_ = ("let the kubeconfig make a token:", f"aws eks update-kubeconfig --name {cluster}")
    config = found.value if found else None
    if found is not None and config and config.plugin is None and not config.has_token and not config.has_certificate:
        place = (
            found.source.at("users", config.user_position, "user")
            if config.user_position >= 0
            else (found.source.at("current-context"))
        )
        yield Diagnosis(
            confidence="certain",
            title="the kubeconfig's user has neither a plugin nor a token: nothing is sent",
            explanation="An empty variable in a pipeline, or a token that Terraform does not know yet, do the same.",
            evidence=(Finding(place, "user", "no credential", key=True),),
            expected="an exec section",
            got="no credential",
            symptom='Unauthorized (up to 1.31: User "system:anonymous" cannot …)',
            help=help_,
        )
        return
    sure = confidence(walk, "token-not-sent")
    if sure is not None and walk.symptom is not None:
        yield Diagnosis(
            confidence=sure,
            title="no token came with the request",
            explanation="Then the authenticator's log has no line of it at all.",
            evidence=(at_message(walk, ""),),
            symptom=walk.symptom.text.strip()[:200],
            help=("is there an Authorization header: kubectl get --raw /api -v=9", help_[1]),
            rank=walk.symptom.causes.index("token-not-sent"),
        )


def _anonymous(walk: Walk, user: User) -> Diagnosis:
    return Diagnosis(
        confidence="certain",
        title="the request came without a token: the API server takes it for anonymous",
        explanation="An empty variable in a pipeline, or a token that Terraform does not know yet, do this.",
        evidence=tuple(
            at_binding(walk, grant, "all that anonymous users have")
            for grant in walk.rbac.authorizer.grants_of(user, "")[:1]
        ),
        expected="a token",
        got=ANONYMOUS,
        symptom="Unauthorized" if walk.is_unheard else walk.message,
        help=("is there an Authorization header: kubectl get --raw /api -v=9",),
        rank=-1,
    )
