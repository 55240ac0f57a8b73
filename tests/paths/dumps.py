"""The pieces of the healthy pod's dump, each to be written with one thing changed."""

from trustpath.model.trace import Trace

ISSUER = "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE1"
PROVIDER = f"arn:aws:iam::111122223333:oidc-provider/{ISSUER}"
ROLE_ARN = "arn:aws:iam::111122223333:role/checkout"
OWN = "system:serviceaccount:payments:checkout"
TOKEN = """\
  volumes:
  - name: aws-iam-token
    projected: {sources: [{serviceAccountToken: {audience: sts.amazonaws.com, path: token}}]}
"""


def verdict(trace: Trace) -> tuple[str, list[tuple[str, str]]]:
    return trace.outcome, [(cause.id, cause.confidence) for cause in trace.causes]


def pod(body: str = "", *, account: str = "checkout", meta: str = "", volumes: str = "") -> str:
    return f"""\
apiVersion: v1
kind: Pod
metadata:
  name: checkout-5f7c9d-x2x4z
  namespace: payments
  creationTimestamp: "2026-03-02T09:00:00Z"
{meta}spec:
  serviceAccountName: {account}
  containers:
  - name: app
{body}{volumes}"""


def variables(role: str = ROLE_ARN, token: str = "/var/run/secrets/eks.amazonaws.com/serviceaccount/token") -> str:
    return f"""\
    env:
    - {{name: AWS_ROLE_ARN, value: "{role}"}}
    - {{name: AWS_WEB_IDENTITY_TOKEN_FILE, value: "{token}"}}
    volumeMounts: [{{name: aws-iam-token, mountPath: /var/run/secrets/eks.amazonaws.com/serviceaccount}}]
"""


def account(
    name: str = "checkout", role: str = ROLE_ARN, extra: str = "", created: str = "2026-03-02T08:00:00Z"
) -> str:
    annotation = f'  annotations: {{eks.amazonaws.com/role-arn: "{role}"}}\n' if role else ""
    return (
        f"apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: {name}\n  namespace: payments\n"
        f"  creationTimestamp: '{created}'\n{annotation}{extra}"
    )


def statement(provider: str = PROVIDER, action: str = "sts:AssumeRoleWithWebIdentity", **claims: str) -> str:
    conditions = "".join(f"          {key}: {value}\n" for key, value in claims.items())
    block = f"      Condition:\n        StringEquals:\n{conditions}" if claims else ""
    return f'    - Effect: Allow\n      Principal: {{Federated: "{provider}"}}\n      Action: {action}\n{block}'


def role(*statements: str, arn: str = ROLE_ARN) -> str:
    return (
        f'Role:\n  RoleName: checkout\n  Arn: {arn}\n  AssumeRolePolicyDocument:\n    Version: "2012-10-17"\n'
        f"    Statement:\n{''.join(statements)}"
    )


def sub(value: str = OWN, issuer: str = ISSUER) -> dict[str, str]:
    return {f'"{issuer}:sub"': value}
