"""AWS as the answers of a dump say it is: the calls of a live reader, answered from files."""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from trustpath.facts.live.aws_api import CallError
from trustpath.model.reads import AwsRead

Documents = Mapping[str, dict[str, Any]]


class DumpedAccount:
    """Answers calls from what the AWS CLI printed into a folder. What is not there does not exist, or is refused."""

    def __init__(self, folder: Path) -> None:
        self.calls = 0
        self.account = ""
        self.asked: list[AwsRead] = []
        self.refuse: Callable[[AwsRead], CallError | None] = lambda read: None
        self._documents = {
            path.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.json"))
        }
        self._own = self._account()
        text = json.dumps([d for name, d in self._documents.items() if name.startswith(("iam-", "sts-"))])
        self._accounts = {self._own, *re.findall(r'"Arn": "arn:aws:iam::(\d{12}):', text)}

    @property
    def cluster_name(self) -> str:
        clusters = self._named("eks-describe-cluster")
        return str(clusters[0]["cluster"]["name"]) if clusters else ""

    @property
    def issuer(self) -> str:
        """The issuer of the first provider: of a cluster that is not EKS's only its API server would tell."""
        lists = self._named("iam-list-open-id-connect-providers")
        arns = [item["Arn"] for document in lists for item in document["OpenIDConnectProviderList"]]
        return "https://" + arns[0].partition("oidc-provider/")[2] if arns else "https://issuer.test"

    def _account(self) -> str:
        text = json.dumps(self._documents)
        for name, document in self._documents.items():
            if name.startswith("eks-describe-cluster."):
                return str(document["cluster"]["arn"].split(":")[4])
            if name.startswith("sts-get-caller-identity"):
                return str(document["Account"])
        return text.split("arn:aws:iam::", 1)[1][:12] if "arn:aws:iam::" in text else "111122223333"

    def can_ask(self, account: str) -> bool:
        """A profile is configured for every account that the dump shows something of."""
        return not account or account in self._accounts

    def call(self, read: AwsRead) -> bytes:
        self.calls += 1
        self.asked.append(read)
        refused = self.refuse(read)
        if refused is not None:
            raise refused
        document = self._find(read)
        if document is None:
            raise CallError(
                "absent", f"An error occurred (NoSuchEntity) when calling the {read.operation} operation: x"
            )
        return json.dumps(document).encode()

    def _named(self, prefix: str) -> list[dict[str, Any]]:
        return [d for name, d in self._documents.items() if name.startswith(f"{prefix}.")]

    def _find(self, read: AwsRead) -> dict[str, Any] | None:
        from botocore import xform_name

        parameters = dict(read.parameters)
        name = f"{read.service}-{xform_name(read.operation, '-')}"
        found = self._named(name)
        match read.operation:
            case "GetCallerIdentity":
                arn = f"arn:aws:iam::{self._own}:user/operator"
                return found[0] if found else {"UserId": "AIDA", "Account": self._own, "Arn": arn}
            case "GetRole":
                for document in found:
                    if document["Role"]["RoleName"] == read.subject:
                        return document
                return None
            case "ListRoles":
                return {"Roles": [document["Role"] for document in found or self._named("iam-get-role")]}
            case "GetOpenIDConnectProvider":
                issuer = read.subject.partition("oidc-provider/")[2]
                lists = self._named("iam-list-open-id-connect-providers")
                arns = [item["Arn"] for document in lists for item in document["OpenIDConnectProviderList"]]
                if lists and read.subject not in arns:
                    return None
                return next(
                    (document for document in found if document["Url"].removeprefix("https://") == issuer), None
                )
            case "GetPolicy":
                short = read.subject.rpartition("/")[2]
                versions = self._named(f"iam-get-policy-version.{short}")
                if not versions:
                    raise CallError(
                        "denied", "An error occurred (AccessDenied) when calling the GetPolicy operation: no"
                    )
                version = versions[0]["PolicyVersion"].get("VersionId", "v1")
                return {"Policy": {"Arn": read.subject, "DefaultVersionId": version}}
            case "GetPolicyVersion":
                short = read.subject.rpartition("/")[2]
                return self._named(f"iam-get-policy-version.{short}")[0]
            case "ListAttachedRolePolicies":
                return next(iter(self._named(f"{name}.{read.subject}")), {"AttachedPolicies": []})
            case "ListRolePolicies":
                names = [d["PolicyName"] for d in self._named("iam-get-role-policy") if d["RoleName"] == read.subject]
                return {"PolicyNames": names}
            case "GetRolePolicy":
                return next((d for d in found if d["PolicyName"] == parameters["PolicyName"]), None)
            case "DescribeInstances":
                return next((d for d in found if read.subject in json.dumps(d)), None)
            case "DescribeCluster":
                return next((d for d in found if d["cluster"]["name"] == read.subject), None)
            case "DescribeAccessEntry":
                return next((d for d in found if d["accessEntry"]["principalArn"] == read.subject), None)
            case "ListAssociatedAccessPolicies":
                return next((d for d in found if d["principalArn"] == read.subject), None)
            case "DescribePodIdentityAssociation":
                return next((d for d in found if d["association"]["associationId"] == read.subject), None)
            case "ListPodIdentityAssociations":
                return found[0] if found else {"associations": []}
            case "ListAccessEntries":
                return found[0] if found else {"accessEntries": []}
            case "GetBucketEncryption":
                code = "ServerSideEncryptionConfigurationNotFoundError"
                raise CallError("absent", f"An error occurred ({code}) when calling the operation: none")
            case "DescribeOrganization":
                if not self._named("organizations-list-policies-for-target"):
                    return None
                return {"Organization": {"Id": "o-1", "MasterAccountId": "999999999999"}}
            case "DescribePolicy":
                ids = (d["Policy"]["PolicySummary"]["Id"] for d in found)
                return next((d for d, key in zip(found, ids, strict=True) if key == read.subject), None)
            case _:
                return found[0] if found else None


def caller(arn: str, account: str) -> bytes:
    return msgspec.json.encode({"UserId": "AIDA", "Account": account, "Arn": arn})
