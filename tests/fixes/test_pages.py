"""The pages of the causes: which failures have a proven fix, and which have instructions alone."""

from pathlib import Path

import pytest

from tests.causes import pages
from trustpath.causes.catalogue import catalogue, page
from trustpath.fixes.plans import plans
from trustpath.paths.links import Walk, outcome

# The remedy lies in a program, a client, a key, a policy of the organization, a guard that somebody set, or in a thing
# whose right value is in no facts (a CA, a thumbprint).
INSTRUCTED = {
    *("argo-auth-mode-mismatch", "argo-sso-rbac-no-rule-match", "argo-sso-rule-error"),
    "argo-workflow-uses-component-sa",
    *("access-entry-stale-principal", "access-entry-wrong-type", "app-config-demands-irsa"),
    *("bucket-policy-explicit-deny", "chain-target-does-not-trust", "chain-target-lacks-tagsession"),
    *("credential-plugin-failing", "endpoint-unreachable", "identity-policy-explicit-deny", "kms-key-policy-blocks"),
    *("kms-key-unusable", "oidc-provider-thumbprint", "permissions-boundary-blocks"),
    *("pod-identity-agent-absent-on-node", "pod-identity-displaces-irsa", "pod-identity-node-role"),
    *("pod-identity-unsupported-here", "pod-uses-other-service-account", "projected-token-not-refreshed"),
    *("proxy-intercepts-credentials-endpoint", "rbac-escalation-prevented", "rcp-explicit-deny"),
    *("resource-policy-explicit-deny", "resource-policy-missing-allow", "role-arn-wrong-account"),
    *("role-self-assume-denied", "scp-explicit-deny", "scp-missing-allow", "sdk-explicit-provider"),
    *("sdk-missing-sts-module", "sdk-no-pod-identity", "sdk-no-refresh", "sdk-no-web-identity"),
    *("server-certificate-untrusted", "session-policy-blocks", "static-credentials-shadow"),
    *("sts-endpoint-unreachable", "sts-endpoint-wrong-partition", "sts-region-missing", "token-clock-skew"),
    *("token-expired", "token-file-permission", "token-malformed", "token-not-for-sts"),
    *("token-not-sent", "token-wrong-cluster", "token-wrong-partition", "trust-explicit-deny", "trust-policy-syntax"),
    *("webhook-absent", "webhook-call-failing", "webhook-container-skipped", "webhook-misconfigured"),
    *("workload-default-serviceaccount",),
}


def walk_of(identifier: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Walk:
    """Return the walk behind a page's answer."""
    kept: list[Walk] = []
    original = pages.walk

    def keep(*arguments: object) -> Walk:
        kept.append(original(*arguments))  # type: ignore[arg-type]
        return kept[-1]

    monkeypatch.setattr(pages, "walk", keep)
    block = pages.block(page(identifier), "facts")
    assert block is not None
    pages.ask(block.text, folder, *pages.setting(identifier))
    return kept[0]


def is_proven(walk: Walk) -> bool:
    found = plans(walk)
    return bool(found) and found[0].outcome == "allowed"


@pytest.mark.parametrize("identifier", sorted({entry.id for entry in catalogue()}))
def test_a_page_has_a_proven_fix_or_is_known_not_to(
    identifier: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk = walk_of(identifier, tmp_path, monkeypatch)
    denied = outcome(walk.results.values()) == "denied"
    assert (denied and is_proven(walk)) == (identifier not in INSTRUCTED)
