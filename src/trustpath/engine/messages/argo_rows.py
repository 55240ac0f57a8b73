"""What Argo Workflows itself says when it refuses (argo-workflows 8). Refusals of the API server are read as such."""

from trustpath.engine.messages.rows import Row

ARGO: tuple[Row, ...] = (
    Row(
        "W001",
        r"token not valid for running mode|token not valid\. see https?://\S*argo"
        r"|no valid authentication methods found",
        "argo",
        ("argo-auth-mode-mismatch",),
        "the token has a form that no auth mode of the Argo server takes",
        "whether it starts with `Bearer `, then --auth-mode of the server",
    ),
    Row(
        "W002",
        r"no service account rule matches",
        "argo",
        ("argo-sso-rbac-no-rule-match",),
        "no rule of a service account holds for who signed in",
        "trustpath audit argo --claims with the claims of the person",
    ),
    Row(
        "W003",
        r"failed to evaluate rule|unable to (?:evaluate|cast) expression",
        "argo",
        ("argo-sso-rule-error", "argo-sso-rbac-no-rule-match"),
        "a rule of a service account fails, so that nobody gets past it",
        "the annotation workflows.argoproj.io/rbac-rule of each account in the server's namespace",
    ),
    Row(
        "W004",
        r"failed to get service account secret|SA does not have any secrets|service account secret not found",
        "argo",
        ("argo-sso-token-secret-missing",),
        "the account that a rule chose has no token where the server looks",
        "the Secret ACCOUNT.service-account-token, or the one that the account's annotation names",
    ),
    Row(
        "W005",
        r"failed to perform RBAC authorization"
        r"|(?:PermissionDenied desc = |\"message\": ?\"|^\s*)not allowed\"?\s*\}?\s*$",
        "argo",
        ("argo-sso-rbac-no-rule-match", "argo-sso-token-secret-missing", "argo-sso-rule-error"),
        "the Argo server found no service account for who signed in",
        "the server's log, then trustpath audit argo --claims with the claims of the person",
    ),
    Row(
        "W006",
        r"Permission denied, you are not allowed to \w+ \S+ in namespace \"[^\"]*\"",
        "argo",
        ("argo-namespaced-cluster-list", "rbac-scope-too-narrow", "rbac-resource-missing"),
        "Argo asked the API server whether the caller may do this, and it said no; no namespace means all of them",
        "kubectl auth can-i list workflows.argoproj.io -n NAMESPACE as the caller",
    ),
    Row(
        "W007",
        r"exec-sa-token|executor\.serviceAccountName must not be empty",
        "argo",
        ("argo-token-secret-missing",),
        "the executor has an account of its own, and no stored token of it is there",
        "spec.executor.serviceAccountName, and the Secret ACCOUNT.service-account-token",
    ),
)
"""Tried before the table: some of them hold one of its messages."""
