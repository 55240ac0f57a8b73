"""Everything that was read, immutable.

What a lookup may conclude from silence is decided here and in the two halves, and nowhere else:

* an object that an answer holds is known;
* a refusal or "not found" that kubectl or the AWS CLI printed says just that;
* a ``list-…`` answer proves absence of what it does not list, a ``get-…`` answer says nothing of others;
* a Kubernetes kind counts as collected where the dump holds objects of that kind in the same namespace,
  or objects without a namespace (then it was made of the whole cluster, and silence is "implied" absence
  only); but not while a file is left out that may hold the missing one;
* what stands in two places with different content is not used.
"""

from functools import cached_property

from trustpath.model.answers import Answers, LeftOut, Located
from trustpath.model.aws_facts import AwsFacts
from trustpath.model.client import AwsProfile, Kubeconfig, TerraformProvider
from trustpath.model.fact import Denied, Fact, Known, NotCollected
from trustpath.model.iam import IssuerCertificates
from trustpath.model.kubernetes_facts import KubernetesFacts
from trustpath.model.log import FAILED_CALL, LogLine
from trustpath.model.policy_facts import PolicyFacts
from trustpath.model.reads import CertificatesRead, IssuerRead, KubernetesRead, LogRead


class Snapshot:
    """The facts of one moment. Build it once; every question reads it and none changes it."""

    def __init__(self, answers: Answers, kubernetes: KubernetesFacts | None = None) -> None:
        """Take what was read. ``kubernetes`` are the indexes of another snapshot that has the very same objects."""
        self._answers = answers
        self.kubernetes = kubernetes or KubernetesFacts(answers)
        self.aws = AwsFacts(answers)
        self.policies = PolicyFacts(answers)
        self.left_out: tuple[LeftOut, ...] = tuple(answers.left_out)

    @property
    def answers(self) -> Answers:
        """Return what the facts were made of: a change is applied to a copy of it."""
        return self._answers

    def issuer(self, cluster_name: str = "") -> Fact[Located[str]]:
        """Return the URL of the issuer that signs the cluster's service account tokens.

        Taken from ``describe-cluster``, else from the flag of a kube-apiserver pod, the API server's own
        ``/.well-known/openid-configuration``, or a service account token.
        """
        cluster = self.aws.cluster(cluster_name)
        if isinstance(cluster, Known) and _is_issuer(cluster.value.value.issuer):
            place = cluster.value.source.at("cluster", "identity", "oidc", "issuer")
            return Known(Located(cluster.value.value.issuer, place))
        if isinstance(cluster, NotCollected) and self.aws.cluster_names:
            return cluster
        issuers: dict[str, Located[str]] = {}
        for located in (*self.kubernetes.api_server_issuers, *self._answers.issuers, *self._token_issuers()):
            if _is_issuer(located.value):
                issuers.setdefault(located.value, located)
        if len(issuers) == 1:
            return Known(next(iter(issuers.values())))
        if not issuers:
            self._answers.want(IssuerRead())
        if issuers:
            names = ", ".join(sorted(issuers))
            return NotCollected(f"which issuer signs the pod's tokens: the facts name {names}", "")
        what = "the cluster's OIDC issuer"
        if isinstance(cluster, Denied):
            return Denied(what, cluster.permission, cluster.command)
        shown = cluster_name or "NAME"
        return NotCollected(what, f"aws eks describe-cluster --name {shown} > eks-describe-cluster.json")

    def certificates(self, issuer: str) -> Located[IssuerCertificates] | None:
        """Return the certificates of the host that has an issuer's keys, None where nobody read them."""
        found = next((item for item in self._answers.certificates if item.value.issuer == issuer), None)
        if found is None:
            self._answers.want(CertificatesRead(issuer))
        return found

    def other_issuer_of(self, subject: str, issuer: str) -> Located[str] | None:
        """Return the issuer of a token of this subject that was read, where it is another one."""
        for token in self._answers.tokens:
            if token.value.subject == subject and token.value.issuer != issuer:
                return Located(token.value.issuer, token.source)
        return None

    def _token_issuers(self) -> tuple[Located[str], ...]:
        return tuple(
            Located(token.value.issuer, token.source)
            for token in self._answers.tokens
            if token.value.subject.startswith("system:serviceaccount:")
        )

    @property
    def is_live(self) -> bool:
        """Return whether a reader looked for what the questions needed, now or when the snapshot was saved."""
        return bool(self._answers.reads)

    @property
    def wanted(self) -> int:
        """Return how many facts lookups have lacked that a live reader is going to bring."""
        return len(self._answers.wanted)

    @property
    def times_wanted(self) -> int:
        """Return how often a lookup has lacked such a fact."""
        return self._answers.times_wanted

    @property
    def has_cluster(self) -> bool:
        """Return whether anything of a cluster was read, or somebody can read it."""
        answers = self._answers
        return bool(answers.objects or answers.clusters or answers.access_entries or self.is_live) or answers.can_read(
            KubernetesRead("ClusterRoleBinding")
        )

    def kubeconfigs(self) -> tuple[Located[Kubeconfig], ...]:
        """Return the contexts of kubeconfigs; where one is the current one, only that."""
        current = tuple(item for item in self._answers.kubeconfigs if item.value.is_current)
        return current or tuple(self._answers.kubeconfigs)

    def terraform_providers(self) -> tuple[Located[TerraformProvider], ...]:
        """Return the provider blocks of Terraform configurations."""
        return tuple(self._answers.terraform_providers)

    def aws_profiles(self) -> tuple[Located[AwsProfile], ...]:
        """Return the profiles of the AWS CLI's configuration."""
        return tuple(self._answers.aws_profiles)

    def log_lines(self) -> tuple[Located[LogLine], ...]:
        """Return the lines of logs that tell of a denial, in the order of reading."""
        return tuple(self._answers.log_lines)

    @cached_property
    def failed_webhook_calls(self) -> tuple[Located[LogLine], ...]:
        """Return the lines of logs that tell of a failed call of an admission webhook."""
        return tuple(line for line in self._answers.log_lines if FAILED_CALL in line.value.text.lower())

    def want_log(self, namespace: str, pod: str, container: str, *, restarted: bool) -> None:
        """Tell a live reader that a question looks at the log of a container."""
        for previous in (False, True) if restarted else (False,):
            self._answers.want(LogRead(namespace, pod, container, previous))

    def sdk_lines(self) -> tuple[Located[LogLine], ...]:
        """Return the lines of logs that name an SDK and its version, in the order of reading."""
        return tuple(self._answers.sdk_lines)


def _is_issuer(text: str) -> bool:
    """Return whether a text can be an issuer: O1 wants an https URL."""
    return text.startswith("https://") and len(text) > len("https://")
