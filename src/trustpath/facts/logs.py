"""Text that is neither YAML nor JSON: logs, and the errors that kubectl and the AWS CLI print.

Only lines that say something about a denial are kept, with everything secret-like blacked out.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from trustpath.model.answers import Answers, Located, Refusal
from trustpath.model.log import LogLine
from trustpath.model.source import Source
from trustpath.model.token import JWT

MAX_LINES = 200
"""How many lines of one file are kept: the last ones, which tell the present."""

MAX_SDK_LINES = 20
"""How many lines that name an SDK are kept: a program says it again and again."""

SAVED_ERROR_LINES = 5

_TELLING = tuple(
    re.compile(alternative)
    # One by one: a search for one literal is much faster than for many at each place.
    for alternative in (
        rb"AccessDenied|UnauthorizedOperation|not authorized to perform|Not authorized to perform"
        rb"|InvalidIdentityToken|ExpiredToken|WebIdentityErr|AssumeRole|No OpenIDConnect provider|[Ff]orbidden"
        rb"|Unauthorized|access denied|is not mapped|pre-signed URL|k8s-aws-v1|getCallerIdentity"
        rb"|parsing the config maps|x509: |exec plugin|exec: executable|getting credentials|SSO Token"
        rb"|config profile|dial tcp|no such host|TLS handshake|was refused - did you|provide credentials"
        rb"|have a resource type|attempting to grant RBAC|cannot start with system:|must not begin with"
        rb"|principalArn is invalid|Kubernetes objects on this EKS|execution role is not found"
        rb"|NoCredentialProviders|Unable to locate credentials|NoSuchEntity|[Pp]ermission denied"
        rb"|ResourceNotFoundException|[Ff]ailed calling webhook|169\.254\.|is forbidden|\(NotFound\)"
        rb"|explicit deny|no permissions for \[|SignatureDoesNotMatch|InvalidClientTokenId|Signature expired"
        rb"|Token(?: has)? expired|TokenException|[Tt]oken cannot be|claim validations|container metadata"
        rb"|credentials from any|no EC2 IMDS role|EC2MetadataError|NoSigningCredentials|sts'? (?:service )?module must"
        rb"|specify a region|[Cc]onnect timeout on endpoint|full URI |no role ARN|AssumeRoleForPodIdentity"
        rb"|for volume \"aws-iam-token|for volume \"eks-pod-identity-token|Provider list|verification key"
        rb"|configured thumbprint"
        rb"|Request ARN is invalid|'roleArn'|'roleSessionName'|STS is not activated|[Ii]nvalid endpoint host"
        rb"|NoSuchBucketPolicy|RepositoryPolicyNotFound|AWSOrganizationsNotInUse|Partial credentials found"
        rb"|no providers in chain|without credentials set|credentials from EC2|instance profile metadata"
        rb"|legal header value|serialize credentials|credentials are expired|\(ThrottlingException"
        rb"|\(InternalServerException|\(ServiceUnavailableException|Missing ?Region|Region is missing"
        rb"|services[./]sts[./]|services[./]securitytoken|role-arn'? not found|TOKEN_FILE not found|controller's pod"
        rb"|assumed-role/[^/]{1,64}/i-|could not be found|must be associated with service account|Invalid Identity"
    ).split(b"|")
)
# A user agent, or the file of a vendored SDK.
_SDK = re.compile(
    rb"(?:[Bb]oto3|[Bb]otocore|aws-cli|aws-sdk-[a-z]{2,10})/[0-9v]|aws-(?:sdk-core|java-sdk-[a-z0-9]+)-[0-9]"
)
_KUBECTL = re.compile(
    r"Error from server \((?P<status>NotFound|Forbidden)\): (?P<resource>[a-z]+)(?:\.[a-z0-9.-]+)?"
    r'(?: "(?P<name>[^"]*)")?(?: not found| is forbidden)'
)
_AWS = re.compile(
    r"An error occurred \((?P<code>\w+)\) when calling the (?P<operation>\w+) operation(?: \([^)]*\))?: (?P<text>.*)"
)
_NAMED = re.compile(r"(?:with name |on resource: role )(?P<name>[\w+=,.@-]+)|for arn (?P<arn>arn:\S+)")
_SERVICES = {
    "DescribeAccessEntry": "eks",
    "DescribeCluster": "eks",
    "ListAccessEntries": "eks",
    "ListPodIdentityAssociations": "eks",
    "GetBucketPolicy": "s3",
    "GetKeyPolicy": "kms",
    "GetPolicy": "lambda",
    "GetRepositoryPolicy": "ecr",
    "GetResourcePolicy": "secretsmanager",
    "ListPoliciesForTarget": "organizations",
    "DescribePolicy": "organizations",
}
NOTHING_THERE = frozenset(
    {
        "AWSOrganizationsNotInUseException",
        "NoSuchBucketPolicy",
        "NoSuchEntity",
        "RepositoryPolicyNotFoundException",
        "ResourceNotFoundException",
    }
)
_SECRETS = (
    (JWT, "<token>"),
    # A terminal may have broken the token: what follows in long pieces belongs to it.
    (re.compile(r"k8s-aws-v1\.[A-Za-z0-9_-]+(?:\s[A-Za-z0-9_-]{16,})*"), "<token>"),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?:.*?-----END [A-Z ]*PRIVATE KEY-----|.*)", re.DOTALL), "<key>"),
    (re.compile(r"(?i)(--token[ =])\S+"), r"\1<hidden>"),
    (re.compile(r"(?i)(aws_secret_access_key\s{0,3}[| ]\s{0,3})[^\s|\"'=:]{8,}"), r"\1<hidden>"),
    (re.compile(r"(?i)(client-key-data[\"']?\s{0,3}[=:]\s{0,3})[A-Za-z0-9+/=]{8,}"), r"\1<hidden>"),
    (re.compile(r"(?i)\b(Bearer|Basic) +[A-Za-z0-9._~+/=-]{8,}"), r"\1 <hidden>"),
    (re.compile(r"(?i)(X-Amz-(?:Signature|Security-Token|Credential)=)[^&\s\"']+"), r"\1<hidden>"),
    (re.compile(r"(://)[^/\s:@]{1,100}:[^/\s@]{1,200}@"), r"\1<hidden>@"),
    (re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"), "<access key>"),
)
# A key that is a secret's by its name, as JSON, YAML, a variable or a header write it, and its value. Of a bare
# `token` or `secret` only what looks random: logs speak of tokens all the time, with a colon behind.
_PAIRS = (
    re.compile(
        r"(?i)((?:secret_?access_?key|session_?token|security_?token|client_?secret|private_?key|api_?key|passw(?:or)?d)"
        r"\\?[\"']?\s{0,3}(?:[=:]|=>)\s{0,3}\\?[\"']?)[^\s\"',;&}\\]{3,}"
    ),
    re.compile(r"(?i)([a-z0-9]_(?:token|secret|password|key)=[\"']?)[^\s\"',;&}/][^\s\"',;&}]{2,}"),
    re.compile(
        r"(?i)((?:token|secret|credentials?|signature|authorization)\\?[\"']?\s{0,3}[=:]\s{0,3}\\?[\"']?)"
        r"(?=[A-Za-z_.+/=-]{0,60}[0-9])(?!arn:|/|system:)[A-Za-z0-9_.+/=-]{8,}"
    ),
)


def redact(text: str) -> str:
    """Black out what is a token, a key or a signature by its form."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


def redact_line(line: str) -> str:
    """Black out what is secret in a line of text, by its form or by the key before it."""
    line = redact(line)
    for pattern in _PAIRS:
        line = pattern.sub(r"\1<hidden>", line)
    return line


def read(data: bytes, source: Source, subject: str, answers: Answers, *, is_log: bool = False) -> bool:
    """Add the telling lines of a text and return whether there were any. ``is_log``: it is no saved error of a tool."""
    lines = list(_lines_with(_TELLING, data))
    named = islice(_lines_with((_SDK,), data), MAX_SDK_LINES)
    for number, line in named:
        text = redact_line(line.decode(errors="replace"))
        answers.sdk_lines.append(Located(LogLine(number, text, subject), Source.of_line(source.file, number)))
    # A saved error of a tool is short. The same line in a log is an application's own trouble.
    is_saved_error = not is_log and data.count(b"\n") <= SAVED_ERROR_LINES
    for number, line in lines[-MAX_LINES:]:
        text = redact_line(line.decode(errors="replace"))
        located = Source.of_line(source.file, number)
        refusal = _refusal(text, subject) if is_saved_error else None
        if refusal is not None:
            answers.refusals.append(Located(refusal, located))
        else:
            answers.log_lines.append(Located(LogLine(number, text, subject), located))
    return bool(lines)


def _lines_with(patterns: Iterable[re.Pattern[bytes]], data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the lines in which one of the patterns is found, with their numbers from 1."""
    counted, number, end = 0, 1, -1
    for start, stop in sorted(match.span() for pattern in patterns for match in pattern.finditer(data)):
        if start < end:
            continue  # the line has been taken
        begin = data.rfind(b"\n", max(end, 0), start) + 1 or max(end + 1, 0)
        number += data.count(b"\n", counted, begin)
        counted = begin
        end = data.find(b"\n", stop)
        end = len(data) if end < 0 else end
        yield number, data[begin:end][:4000].rstrip(b"\r")


def _refusal(text: str, file: str) -> Refusal | None:
    if match := _KUBECTL.search(text):
        return Refusal(match["status"], match["resource"], match["name"] or "", text)
    match = _AWS.search(text)
    if match is None or match["operation"] not in _READS:
        return None
    found = refusal_of(match["code"], match["operation"], match["text"])
    if found is None or found.name or match["operation"] not in _NAMELESS:
        return found
    # The error does not say whose policy was asked for; the file's name may: s3api-get-bucket-policy.NAME.json
    named = re.fullmatch(r"[a-z0-9]+-[a-z-]+\.(.+)\.(?:json|txt|log|err)", file)
    return Refusal(found.status, found.subject, named[1] if named else "", found.text)


_NAMELESS = frozenset({"GetBucketPolicy", "GetKeyPolicy", "GetPolicy", "GetRepositoryPolicy", "GetResourcePolicy"})


def refusal_of(code: str, operation: str, text: str) -> Refusal | None:
    """Return what an error of AWS says about a fact; without ``operation`` the text has to name it."""
    if not operation and "role with name" in text:
        operation = "GetRole"
    action = f"{_SERVICES.get(operation, 'iam')}:{operation}"
    named = _NAMED.search(text)
    name = (named["name"] or named["arn"]).rstrip(".") if named else ""
    if not operation:
        return None
    if code in NOTHING_THERE:
        return Refusal("NotFound", action, name, f"{code}: {text}")
    return Refusal("Forbidden", action, name, text) if code.startswith("AccessDenied") else None


# Calls that a person makes to collect facts. The same error in a pod's log is the pod's own trouble.
_READS = frozenset(
    {
        "DescribeAccessEntry",
        "DescribeCluster",
        "ListAccessEntries",
        "DescribePolicy",
        "GetBucketPolicy",
        "GetKeyPolicy",
        "GetOpenIDConnectProvider",
        "GetPolicy",
        "GetPolicyVersion",
        "GetRepositoryPolicy",
        "GetResourcePolicy",
        "GetRole",
        "GetRolePolicy",
        "ListAttachedRolePolicies",
        "ListPoliciesForTarget",
        "ListRolePolicies",
        "ListOpenIDConnectProviders",
        "ListPodIdentityAssociations",
    }
)
