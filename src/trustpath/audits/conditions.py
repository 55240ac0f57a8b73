"""Whether an advisory matters for an installation (argo-workflows 6, "applies when")."""

from trustpath.audits.exposure import exposure_of
from trustpath.audits.installations import Audit
from trustpath.engine.argo.advisories import Condition
from trustpath.model.argo import Installation
from trustpath.model.argo_settings import ArtifactRepository, Persistence, WorkflowRestrictions


def holds(audit: Audit, item: Installation, condition: Condition) -> bool | None:
    """Return whether a condition holds, None where the facts do not tell."""
    settings, server = item.settings, item.server
    match condition:
        case "untrusted":
            return None  # whom one trusts is in no fact
        case "client":
            return _in_client_mode(item)
        case "own-tls":
            if server is not None and server.unread_variables and server.flag("secure") is None:
                return None
            return server is not None and server.switch("secure", True)
        case "delegation":
            flag = server.variables.get("SSO_DELEGATE_RBAC_TO_NAMESPACE") if server else None
            if flag is None and server is not None and server.unread_variables:
                return None
            return flag is not None and flag.value == "true"
        case "artifact-server":
            flag = server.variables.get("ARGO_ARTIFACT_SERVER") if server else None
            if flag is None and server is not None and server.unread_variables:
                return None
            return server is not None and not (flag is not None and flag.value == "false")
        case "exposed":
            if server is None:
                return False
            return True if exposure_of(audit, server) else None
    if settings is None:
        return None
    persistence = settings.part("persistence", Persistence)
    archive = persistence is not None and persistence.archive
    match condition:
        case "archive":
            return archive
        case "client-archive":
            return archive and _in_client_mode(item)
        case "restrictions":
            restrictions = settings.part("workflowRestrictions", WorkflowRestrictions)
            return restrictions is not None and bool(restrictions.template_referencing)
        case "static-keys":
            repository = settings.part("artifactRepository", ArtifactRepository)
            return bool(repository and repository.s3 and repository.s3.access_key_secret)


def _in_client_mode(item: Installation) -> bool | None:
    return None if item.modes_unknown else "client" in item.modes
