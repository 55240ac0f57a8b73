"""The Argo server's auth mode is not the one that the person signs in with.

What: reads the modes of the server, and the settings that mode sso needs.
Why it denies: the server chooses the mode by the look of the token; one that fits none is refused (A4).
Not a problem when: people use tokens of Kubernetes and the mode is client.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.argo_sign_in.walk import Walk


@cause("auth-mode")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold for a server that does not let people sign in."""
    result = walk.result("auth-mode")
    server = walk.installation.server
    name = server.name if server else "argo-server"
    modes = ", ".join(sorted(walk.installation.modes))
    off = "sso" not in walk.installation.modes
    yield Diagnosis(
        confidence="certain",
        title=f"the mode of `{name}` is {modes}, and people sign in" if off else result.says,
        explanation="The server takes the session for a token of Kubernetes then, which the API server refuses."
        if off
        else "Mode sso needs issuer, clientId, clientSecret and redirectUrl.",
        evidence=result.evidence,
        expected=result.expected,
        got=result.got,
        symptom="token not valid. see https://argo-workflows.readthedocs.io/en/latest/faq/" if off else "",
        help=(
            f"add the flag --auth-mode=sso to {name} (Helm: server.authModes), beside those that are to stay",
            "and the key `sso` to the ConfigMap of the controller",
        )
        if off
        else ("put the settings under the key `sso` of the controller's ConfigMap (Helm: server.sso)",),
    )
