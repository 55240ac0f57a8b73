"""What steers the server and the controller of Argo Workflows: their flags, and variables that stand for them (A3)."""

import re

_COMPONENT = re.compile(
    r"(?:^|/)(?:argocli|workflow-controller|argoui|argo-workflows-(?:cli|controller|server))(?:[:@]|$)"
)
_FLAG = re.compile(r"--?([a-z][a-z0-9-]*)(?:=(.*))?", re.DOTALL)

WITH_VALUE = frozenset(
    {
        "access-control-allow-origin",
        "allowed-link-protocol",
        "api-rate-limit",
        "auth-mode",
        "configmap",
        "executor-image",
        "log-format",
        "loglevel",
        "managed-namespace",
        "namespace",
        "n",
        "tls-certificate-secret-name",
        "x-frame-options",
    }
)
"""Flags that take a value, in the next word where none follows `=`."""
SWITCHES = frozenset({"e", "hsts", "namespaced", "secure"})
"""Flags that are true by themselves."""

_OTHER_VARIABLES = frozenset(
    {
        "ARGO_AGENT_TASK_WORKERS",
        "ARGO_ARTIFACT_SERVER",
        "ARGO_EXECUTOR_PLUGINS",
        "ARGO_NAMESPACE",
        "ARGO_PPROF",
        "ARGO_SERVER_METRICS_AUTH",
        "ARGO_TRACE",
        "FORCE_NAMESPACE_ISOLATION",
        "SSO_DELEGATE_RBAC_TO_NAMESPACE",
        "TLS_MIN_VERSION",
        "WORKFLOW_USER_OVERRIDE_ALLOWLIST",
    }
)


def variable_of(flag: str) -> str:
    """Return the variable that sets a flag (A3)."""
    return "ARGO_" + flag.upper().replace("-", "_")


VARIABLES = _OTHER_VARIABLES | {variable_of(flag) for flag in WITH_VALUE | SWITCHES if len(flag) > 1}
"""The variables whose values are kept: none of them holds a secret."""


def is_component(image: str) -> bool:
    """Return whether an image is that of Argo's server or controller."""
    return _COMPONENT.search(image) is not None


def kept(words: list[str]) -> list[str]:
    """Return a command line with every word that is no known flag or its value emptied; the places stay."""
    found: list[str] = []
    expects_value = False
    for word in words:
        match = _FLAG.fullmatch(word)
        name = match[1] if match else ""
        if expects_value or word in ("server", "workflow-controller", "argo"):
            found.append(word)
            expects_value = False
        elif match and name in WITH_VALUE | SWITCHES:
            found.append(word)
            expects_value = name in WITH_VALUE and match[2] is None
        else:
            found.append("")
    return found


def values(words: list[str]) -> list[tuple[str, str, int]]:
    """Return the flags of a command line: name, value, and the place of the word that gives the value."""
    found: list[tuple[str, str, int]] = []
    waiting = ""
    for index, word in enumerate(words):
        match = _FLAG.fullmatch(word)
        if waiting:
            found.append((waiting, word, index))
            waiting = ""
        elif match and match[1] in WITH_VALUE:
            if match[2] is None:
                waiting = match[1]
            else:
                found.append((match[1], match[2], index))
        elif match and match[1] in SWITCHES:
            found.append((match[1], match[2] if match[2] is not None else "true", index))
    return found
