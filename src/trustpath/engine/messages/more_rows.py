"""Kinds of messages that people paste and that the reference's table does not have.

Their numbers start with a letter that says when they are tried: A before the table, because they hold one of its
messages as a mere consequence; T after it.
"""

from trustpath.engine.messages.rows import Row

_PLUGIN = ("credential-plugin-failing",)
_NETWORK = ("endpoint-unreachable",)
_NODE = ("aws-auth-node-role-missing", "access-entry-wrong-type", "node-identity-unexpected")
_REQUEST = ("rbac-resource-missing", "rbac-verb-missing", "rbac-binding-wrong-namespace")

_STS = ("sts-endpoint-unreachable",)

BEFORE: tuple[Row, ...] = (
    Row(
        "A003",
        r"https?://sts\.[a-z0-9.-]{1,80}.{0,40}(?:dial tcp|i/o timeout|no such host|deadline exceeded|canceled|refused)"
        r"|lookup sts\.[a-z0-9.-]{1,80}|Could not connect to (?:the )?endpoint URL: \"https://sts\.",
        "net",
        _STS,
        "STS is not reached from here",
        "curl of the STS endpoint, from the pod",
    ),
    Row(
        "A004",
        r"169\.254\.169\.254\S{0,80}.{0,40}(?:deadline exceeded|timeout|refused|canceled|no route)",
        "imds",
        ("imds-hop-limit", "sa-annotation-missing", "webhook-absent"),
        "the program fell back to the node's metadata service, which does not answer",
        "trustpath why pod/NAME; the instance's hop limit",
    ),
    Row(
        "A005",
        r"An error occurred \(403\) when calling the |resulted in a `?403 Forbidden`? response",
        "iam-authz",
        ("identity-policy-missing-action", "bucket-policy-explicit-deny", "identity-policy-missing-kms"),
        "the service refused the call, and says no more",
        "the caller, then its policies and the resource's",
    ),
    Row(
        "A001",
        "could not get token: ",
        "client-creds",
        ("credential-plugin-failing", "wrong-aws-identity"),
        "the credential plugin got no credentials from AWS",
        "aws sts get-caller-identity, in the same place",
    ),
    Row(
        "A002",
        r"kubelet\[?.*Unauthorized|node lease.*Unauthorized|CSINode publishing: Unauthorized",
        "k8s-node",
        _NODE,
        "the node's role is not known to the cluster as a node",
        "the entry of the node's role",
    ),
)

AFTER: tuple[Row, ...] = (
    Row(
        "T019",
        r"IAM role must be associated with service account|eks\.amazonaws\.com/role-arn\W{0,3} not found"
        r"|AWS_(?:WEB_IDENTITY_TOKEN_FILE|ROLE_ARN)\W{0,3} not found|not found on controller's pod",
        "sdk-chain",
        ("app-config-demands-irsa", "sa-annotation-missing"),
        "the program insists on IRSA and finds no role on the service account",
        "the annotation eks.amazonaws.com/role-arn, and the program's own setting for Pod Identity",
    ),
    Row(
        "T018",
        r"\bExpiredToken\b",
        "sdk-chain",
        ("sdk-no-refresh", "static-credentials-shadow"),
        "temporary credentials were not renewed",
        "who set AWS_SESSION_TOKEN; the program's SDK",
    ),
    Row(
        "T001",
        "exec plugin: invalid apiVersion",
        "client-exec",
        _PLUGIN,
        "kubeconfig and client speak of different API versions of the plugin",
        "aws eks update-kubeconfig, with a current AWS CLI; the version of the client",
    ),
    Row(
        "T002",
        "executable file n.?o.?t found in",
        "client-exec",
        _PLUGIN,
        "the plugin's program is not there where the client runs",
        "which aws, in the same place",
    ),
    Row(
        "T003",
        r"getting (?:credentials|token): exec: exit status|exec: executable",
        "client-creds",
        ("credential-plugin-failing", "wrong-aws-identity"),
        "the plugin failed; the line above tells why",
        "run the command of the kubeconfig by hand",
    ),
    Row(
        "T004",
        "interactiveMode must be specified",
        "client-exec",
        _PLUGIN,
        "the kubeconfig's exec section is one of version v1 and says nothing of interactiveMode",
        "aws eks update-kubeconfig, with a current AWS CLI",
    ),
    Row(
        "T005",
        r"sts getCallerIdentity failed",
        "token",
        ("token-wrong-cluster", "token-expired", "token-clock-skew"),
        "STS refused what the token asks",
        "the cluster's name in the client: --cluster-name",
    ),
    Row(
        "T006",
        "doesn.t have access to Kubernetes objects",
        "mapping",
        ("principal-not-mapped", "access-entry-missing", "cluster-created-by-other-principal"),
        "IAM lets you see the cluster, Kubernetes does not know you",
        "access entries and aws-auth for the role of the console",
    ),
    Row(
        "T007",
        "no configuration has been provided",
        "tf",
        ("endpoint-unreachable", "client-wrong-identity"),
        "the client has neither a host nor a kubeconfig",
        "the host of the provider, when it plans; KUBE_CONFIG_PATH",
    ),
    Row(
        "T008",
        "rror loading config file",
        "client-exec",
        _PLUGIN,
        "the kubeconfig cannot be read",
        "ls -l of the kubeconfig, as the user that runs the client",
    ),
    Row(
        "T009",
        r"https?://(?:localhost|127\.0\.0\.1)\S*.{0,60}refused",
        "tf",
        _NETWORK,
        "the client has no host and asks this machine",
        "the host of the provider, when it plans; kubectl config current-context",
    ),
    Row(
        "T010",
        r"remote error: tls: |error dialing backend",
        "k8s-node",
        ("aws-auth-node-mapping-overrides-admin", "aws-auth-wrong-username-or-group"),
        "the API server does not reach the kubelet, or they do not trust each other",
        "kubectl get csr; the entry of the node's role",
    ),
    Row(
        "T011",
        r"net/http: request canceled|dial tcp:? i/o timeout|http2: client connection lost|connectex: |proxyconnect tcp"
        r"|Connect timeout on endpoint URL: \"https://eks\.|Unable to connect to the server: (?:EOF|net)"
        r"|context deadline exceeded",
        "net",
        _NETWORK,
        "the cluster's endpoint does not answer from here",
        "aws eks describe-cluster: resourcesVpcConfig; the proxy",
    ),
    Row(
        "T013",
        r"AccessDenied: Access Denied|api error AccessDenied|Exception: Access Denied|Error Code: AccessDenied"
        r"|<Code>AccessDenied</Code>|::Errors::AccessDenied|AccessDenied \(client\)|code: Some\(\"AccessDenied\"\)"
        r"|\bAccessDenied\b",
        "iam-authz",
        ("identity-policy-missing-action", "bucket-policy-explicit-deny", "identity-policy-missing-kms"),
        "the service refused the call, and says no more",
        "the caller, then its policies and the resource's",
    ),
    Row(
        "T014",
        "Partial credentials found in env",
        "sdk-chain",
        ("static-credentials-shadow",),
        "the container sets half a pair of access keys",
        "printenv, in the container",
    ),
    Row(
        "T015",
        r"no providers in chain provided credentials|unable to sign request without credentials set"
        r"|Unable to get IAM security credentials from EC2|credentials from the instance profile metadata",
        "sdk-chain",
        ("sa-annotation-missing", "webhook-absent", "pod-older-than-binding"),
        "the program found no credentials at all",
        "trustpath why pod/NAME",
    ),
    Row(
        "T016",
        "Auth token value is not a legal header value",
        "token-file",
        ("token-not-for-sts",),
        "the token file holds a line break or something else than a token",
        "the token file, in the container",
    ),
    Row(
        "T017",
        r"\((?:Throttling|InternalServer|ServiceUnavailable)Exception\)|Unable to serialize credentials"
        r"|fetched credentials are expired",
        "agent",
        (),
        "EKS Auth or its agent is overloaded or failing; it tries again by itself",
        "the agent's log on that node",
    ),
    Row(
        "T012",
        r"\(403\)|ApiException: Forbidden|status code 'Forbidden'|403 Client Error: Forbidden|403 Forbidden|Forbidden!"
        r"|403, message='Forbidden'|\(Forbidden\): unknown|PermissionDenied desc = |\"code\": ?403",
        "authz",
        _REQUEST,
        "the API server refused it; its own message, which names user and request, is not in this text",
        "the body of the answer, or kubectl auth can-i as the same user",
    ),
)
