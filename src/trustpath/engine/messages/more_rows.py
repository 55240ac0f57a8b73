"""Kinds of messages that people paste and that the reference's table does not have.

Their numbers start with a letter that says when they are tried: A before the table, because they hold one of its
messages as a mere consequence; T after it.
"""

from trustpath.engine.messages.rows import Row

_PLUGIN = ("credential-plugin-failing",)
_NETWORK = ("endpoint-unreachable",)
_NODE = ("aws-auth-node-role-missing", "access-entry-wrong-type", "node-identity-unexpected")
_REQUEST = ("rbac-resource-missing", "rbac-verb-missing", "rbac-binding-wrong-namespace")

BEFORE: tuple[Row, ...] = (
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
        "T012",
        r"\(403\)|ApiException: Forbidden|status code 'Forbidden'|403 Client Error: Forbidden|403 Forbidden|Forbidden!"
        r"|403, message='Forbidden'|\(Forbidden\): unknown|PermissionDenied desc = |\"code\": ?403",
        "authz",
        _REQUEST,
        "the API server refused it; its own message, which names user and request, is not in this text",
        "the body of the answer, or kubectl auth can-i as the same user",
    ),
)
