"""Nothing secret is kept or shown, and what only speaks of secrets stays readable."""

import pytest

from trustpath.facts.logs import redact, redact_line

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL2V4YW1wbGUifQ.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (f"using {JWT} now", "using <token> now"),
        ("k8s-aws-v1.aHR0cHM6Ly9zdHM", "<token>"),
        ("AKIAEXAMPLEEXAMPLE12", "<access key>"),
        ("Authorization: Bearer abcdefghijk", "Authorization: Bearer <hidden>"),
        ('"Authorization": "Basic dXNlcjpwYXNz"', '"Authorization": "Basic <hidden>"'),
        ("GET /?X-Amz-Signature=abc123&x=1", "GET /?X-Amz-Signature=<hidden>&x=1"),
        ("git clone https://me:hunter2@example.com/x", "git clone https://<hidden>@example.com/x"),
        ("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7", "AWS_SECRET_ACCESS_KEY=<hidden>"),
        ('{"aws_secret_access_key":"wJalr","sessionToken":"IQoJ"}',
         '{"aws_secret_access_key":"<hidden>","sessionToken":"<hidden>"}'),
        (r'"{\"SecretAccessKey\": \"wJalrXUtn\"}"', r'"{\"SecretAccessKey\": \"<hidden>\"}"'),
        ("SecretAccessKey => wJalrXUtn", "SecretAccessKey => <hidden>"),
        ("DB_PASSWORD=hunter2", "DB_PASSWORD=<hidden>"),
        ("password: hunter2", "password: <hidden>"),
        ("GITHUB_TOKEN=ghpabc", "GITHUB_TOKEN=<hidden>"),
        ("token=0123456789abcdef", "token=<hidden>"),
    ],
)  # fmt: skip
def test_what_is_blacked_out(line: str, shown: str) -> None:
    assert redact_line(line) == shown


@pytest.mark.parametrize(
    "line",
    [
        "open /var/run/secrets/eks.amazonaws.com/serviceaccount/token: permission denied",
        "AWS_WEB_IDENTITY_TOKEN_FILE=/var/run/secrets/eks.amazonaws.com/serviceaccount/token",
        "InvalidIdentityToken: Incorrect token audience",
        "ExpiredTokenException: The security token included in the request is expired",
        "system:serviceaccount:external-secrets:external-secrets2",
        "User: arn:aws:sts::111122223333:assumed-role/checkout/i-0123456789abcdef0 is not authorized",
        "failed to refresh cached credentials: operation error STS",
        'eks.amazonaws.com/token-expiration: "864000"',
    ],
)
def test_what_stays(line: str) -> None:
    assert redact_line(line) == line


def test_names_are_never_taken_for_secrets() -> None:
    """A service account of a namespace `my-secret` is no secret; only the form counts in structured facts."""
    for text in ("system:serviceaccount:my-secret:checkout0123456", "token: checkout-0123456789", "password: x"):
        assert redact(text) == text
