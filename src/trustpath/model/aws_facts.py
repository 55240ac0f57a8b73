"""The AWS answers of a snapshot, with an index for each way in which a question asks for them."""

import re

from msgspec import Struct

from trustpath.model.answers import Answers, ListedArns, Located
from trustpath.model.arn import Arn, OidcProviderArn, RoleArn
from trustpath.model.eks import (
    AccessEntry,
    Addon,
    AssociatedPolicies,
    Cluster,
    ClusterCreation,
    InstanceMetadata,
    PodIdentityAssociation,
)
from trustpath.model.fact import Absent, Denied, Fact, Known, Missing, NotCollected, known_after
from trustpath.model.iam import CallerIdentity, InstanceProfile, OidcProvider, OrganizationPolicy, Role
from trustpath.model.reads import AwsRead
from trustpath.model.source import Source, conflict

PENDING_ENTRIES = "access entries of "
"""With a cluster's name and a principal: an entry that only applying a plan shows; its principal may not be known."""


class OidcProviderFact(Struct, frozen=True):
    """A provider that exists: where that is shown, and its details where they were read.

    ``disagree`` is true when several answers about the issuer were read and do not say the same.
    """

    arn: OidcProviderArn
    shown_by: Source
    details: Located[OidcProvider] | None
    disagree: bool = False


class AwsFacts:
    """What the answers of AWS say, and what their silence says."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._conflicts: dict[str, tuple[Source, Source]] = {}
        self._roles: dict[str, Located[Role]] = {}
        self._roles_by_name: dict[tuple[str, str], Located[Role]] = {}
        self._clusters: dict[str, Located[Cluster]] = {}
        self._associations: dict[tuple[str, str], list[Located[PodIdentityAssociation]]] = {}
        for role in answers.roles:
            self._add_role(role)
        for cluster in answers.clusters:
            key = cluster.value.arn or cluster.value.name
            known = self._clusters.setdefault(key, cluster)
            if known.value != cluster.value:
                self._conflicts[key] = (known.source, cluster.source)
        for association in answers.associations:
            bound = (association.value.namespace, association.value.service_account)
            self._associations.setdefault(bound, []).append(association)
        self.account = self._single_account()
        """The account whose credentials made the dump, empty where the answers do not agree.

        An answer such as an empty ``list-open-id-connect-providers`` does not name its account; it is the
        one that every other answer names.
        """

    def _add_role(self, role: Located[Role]) -> None:
        key = role.value.arn
        known = self._roles.get(key)
        if known is not None and known.value.trust != role.value.trust:
            self._conflicts[key] = (known.source, role.source)
        if known is None or (role.value.boundary_known and not known.value.boundary_known):
            self._roles[key] = role
        arn = RoleArn.parse(key)
        if arn is not None:
            self._roles_by_name.setdefault((arn.account, arn.name), role)

    def _single_account(self) -> str:
        callers = {caller.value.account for caller in self._answers.callers}
        if len(callers) == 1:
            return callers.pop()
        accounts = {account for account, _ in self._roles_by_name}
        accounts |= {item.value.account for item in self.listed_providers()}
        accounts |= {
            cluster.value.arn.split(":")[4] for cluster in self._clusters.values() if cluster.value.arn.count(":") >= 5
        }
        return accounts.pop() if len(accounts) == 1 else ""

    # IAM

    def role(self, arn: RoleArn) -> Fact[Located[Role]]:
        """Return a role. IAM compares the whole ARN, so a role with the same name elsewhere is another."""
        what = f"IAM role {arn}"
        pending = self._answers.pending_arns.get(str(arn))
        if pending:
            return NotCollected(what, "", known_after(pending))
        if str(arn) in self._conflicts:
            return conflict(what, self._conflicts[str(arn)])
        known = self._roles.get(str(arn))
        if known is not None:
            return Known(known)
        self._answers.want(AwsRead("iam:GetRole", (("RoleName", arn.name),), arn.account))
        command = f"aws iam get-role --role-name {arn.name} > iam-get-role.{arn.name}.json"
        if self.account not in ("", arn.account):
            what += f" (ask with credentials of account {arn.account})"
            command = f"aws iam get-role --role-name {arn.name} > iam-get-role.{arn.account}.{arn.name}.json"
        for refusal in self._answers.refusals:
            said = refusal.value
            if said.subject != "iam:GetRole" or said.name != arn.name:
                continue
            # The error does not name the account that was asked.
            asked = said.account or self.account
            if said.status == "NotFound" and asked == arn.account:
                return Absent(what, "IAM says that it cannot be found")
            if said.status == "Forbidden" and asked in ("", arn.account):
                return Denied(what, "iam:GetRole", command)
        lists = [
            listed.arns
            for listed in self._answers.role_lists
            if arn.account in self._accounts(listed) and not _is_filtered(listed.arns, arn.path)
        ]
        if lists and not any(str(arn) in arns for arns in lists):
            return Absent(what, "it is not in the list of the account's roles")
        if (arn.account, arn.name) in self._roles_by_name:
            # get-role asks by name, and a name is unique in its account.
            return Absent(what, "the role of that name has another path")
        return NotCollected(what, command)

    def role_of_name(self, arn: RoleArn) -> str:
        """Return the ARN of the role with this name in this account, empty when none was read."""
        found = self._roles_by_name.get((arn.account, arn.name))
        return found.value.arn if found else ""

    def resource_control_policies(self) -> tuple[Located[OrganizationPolicy], ...]:
        """Return the resource control policies that were read; what they are attached to is not known."""
        return tuple(
            item for item in self._answers.organization_policies if item.value.kind == "RESOURCE_CONTROL_POLICY"
        )

    def _accounts(self, listed: ListedArns) -> set[str]:
        """Return the accounts that a list speaks of."""
        if listed.account:
            return {listed.account}
        named = {arn.split(":")[4] for arn in listed.arns if arn.count(":") >= 5}
        return named or ({self.account} - {""})

    def roles(self) -> tuple[Located[Role], ...]:
        """Return the roles that were read."""
        return tuple(self._roles.values())

    def oidc_provider(self, arn: OidcProviderArn) -> Fact[OidcProviderFact]:
        """Return the IAM OIDC provider with exactly this ARN (O1: byte for byte, in the role's account)."""
        text = str(arn)
        what = f"IAM OIDC provider {text}"
        self._answers.want(AwsRead("iam:GetOpenIDConnectProvider", (("OpenIDConnectProviderArn", text),), arn.account))
        details, disagree = self._provider_details(arn)
        pending = self._answers.pending_arns.get(text)
        if pending:
            return NotCollected(what, "", known_after(pending))
        for listed in self._answers.provider_lists:
            if text in listed.arns:
                place = listed.source.at("OpenIDConnectProviderList", listed.arns.index(text))
                return Known(OidcProviderFact(arn, place, details, disagree))
        if any(arn.account in self._accounts(listed) for listed in self._answers.provider_lists):
            return Absent(what, "it is not in the account's list")
        if details is not None and (details.value.arn == text or self.account == arn.account):
            return Known(OidcProviderFact(arn, details.source, details))
        for refusal in self._answers.refusals:
            said = refusal.value
            if said.subject == "iam:GetOpenIDConnectProvider" and (said.status, said.name) == ("NotFound", text):
                self._answers.want(AwsRead("iam:ListOpenIDConnectProviders", (), arn.account))
                return Absent(what, "IAM says that it cannot be found")
        command = "aws iam list-open-id-connect-providers > iam-list-open-id-connect-providers.json"
        if self.account not in ("", arn.account):
            what += f" (ask with credentials of account {arn.account})"
            command = command.replace("providers.json", f"providers.{arn.account}.json")
        for refusal in self._answers.refusals:
            if refusal.value.subject == "iam:ListOpenIDConnectProviders" and (
                (refusal.value.account or self.account) in ("", arn.account)
            ):
                return Denied(what, "iam:ListOpenIDConnectProviders", command)
        return NotCollected(what, command)

    def _provider_details(self, arn: OidcProviderArn) -> tuple[Located[OidcProvider] | None, bool]:
        # get-open-id-connect-provider does not name the account. Several answers for one issuer are
        # of use only where they agree.
        found = [item for item in self._answers.providers if item.value.issuer == arn.issuer]
        own = next((item for item in found if item.value.arn == str(arn)), None)
        if own is not None:
            return own, False
        found = [item for item in found if not item.value.arn]
        said = {(item.value.client_ids, item.value.thumbprints) for item in found}
        listed = {item.value for item in self.listed_providers() if item.value.issuer == arn.issuer}
        if len(found) < len(listed):
            return None, False  # the issuer is registered in several accounts: whose answer is it?
        return (found[0], False) if len(said) == 1 else (None, bool(said))

    def listed_providers(self) -> tuple[Located[OidcProviderArn], ...]:
        """Return the ARNs of every provider that an answer lists."""
        return tuple(
            Located(arn, listed.source.at("OpenIDConnectProviderList", index))
            for listed in self._answers.provider_lists
            for index, text in enumerate(listed.arns)
            if (arn := OidcProviderArn.parse(text))
        )

    # EKS

    @property
    def cluster_names(self) -> tuple[str, ...]:
        """Return the names of the clusters that were read, sorted."""
        return tuple(sorted(item.value.name for item in self._clusters.values()))

    def cluster(self, name: str = "") -> Fact[Located[Cluster]]:
        """Return the cluster of that name, or the only one."""
        found = [(key, item) for key, item in self._clusters.items() if name in ("", item.value.name)]
        if len(found) == 1:
            ((key, only),) = found
            places = self._conflicts.get(key)
            return conflict(f"EKS cluster {only.value.name}", places) if places else Known(only)
        if found:
            names = ", ".join(sorted(item.value.name for _, item in found))
            return NotCollected(f"which cluster is meant: the facts hold {names}", "--cluster-name NAME")
        command = f"aws eks describe-cluster --name {name or 'NAME'} > eks-describe-cluster.json"
        if name:
            self._answers.want(AwsRead("eks:DescribeCluster", (("name", name),)))
        for refusal in self._answers.refusals:
            if refusal.value.subject == "eks:DescribeCluster":
                if refusal.value.status == "Forbidden":
                    return Denied("the EKS cluster", "eks:DescribeCluster", command)
                return NotCollected("the EKS cluster: EKS knows none of the name that was asked for", command)
        return NotCollected("the EKS cluster", command)

    def access_entry(self, cluster: str, principal: Arn) -> Fact[Located[AccessEntry]]:
        """Return the access entry of a principal. Its role's path counts for nothing: a name is unique in its account.

        An entry that is only listed has an empty type, and neither username nor groups.
        """
        what = f"the access entry of {principal}"
        shown = cluster or "NAME"
        command = f"aws eks describe-access-entry --cluster-name {shown} --principal-arn {principal}"
        for item in self._answers.access_entries:
            if item.value.cluster in ("", cluster) or not cluster:
                arn = Arn.parse(item.value.principal_arn)
                if arn is not None and same_principal(arn, principal):
                    return Known(item)
        lists = self._entry_lists(cluster)
        for arns, source in lists:
            for index, text in enumerate(arns):
                arn = Arn.parse(text)
                if arn is not None and same_principal(arn, principal):
                    self._want_entry("eks:DescribeAccessEntry", cluster, text)
                    entry = AccessEntry(cluster, text, "", (), "")
                    return Known(Located(entry, source.at("accessEntries", index)))
        for of in (str(principal), ""):
            pending = self._answers.pending_arns.get(f"{PENDING_ENTRIES}{cluster} {of}")
            if pending:
                return NotCollected(what, "", known_after(pending))
        if lists:
            return Absent(what, "it is not in the cluster's list")
        self._want_entry("eks:DescribeAccessEntry", cluster, str(principal))
        for refusal in self._answers.refusals:
            said = refusal.value
            named = said.name == str(principal) or _names(said.text, principal)
            if "No cluster found" in said.text:
                continue  # of a cluster that is not there nothing is known
            if said.subject == "eks:DescribeAccessEntry" and said.status == "NotFound" and named:
                if cluster:
                    self._answers.want(AwsRead("eks:ListAccessEntries", (("clusterName", cluster),)))
                return Absent(what, "EKS says that it cannot be found")
            if said.subject in ("eks:ListAccessEntries", "eks:DescribeAccessEntry") and said.status == "Forbidden":
                return Denied(what, said.subject, command)
        return NotCollected(what, f"{command} > eks-describe-access-entry.json")

    def _want_entry(self, action: str, cluster: str, principal: str) -> None:
        if cluster:
            parameters = (("principalArn", principal), ("clusterName", cluster))
            self._answers.want(AwsRead(action, parameters))

    def _entry_lists(self, cluster: str) -> list[tuple[tuple[str, ...], Source]]:
        """Return the lists of access entries; an answer does not name its cluster, so several clusters give none."""
        several = cluster and len(self._clusters) > 1
        return [] if several else self._answers.access_entry_lists

    def access_entries(self) -> tuple[Located[AccessEntry], ...]:
        """Return the access entries that were read in full."""
        return tuple(self._answers.access_entries)

    @property
    def listed_access_entries(self) -> tuple[tuple[str, ...], Source] | None:
        """Return the ARNs of all access entries, None where no list was read."""
        return self._answers.access_entry_lists[0] if self._answers.access_entry_lists else None

    def access_policies(self, cluster: str, entry: AccessEntry) -> Fact[Located[AssociatedPolicies]]:
        """Return the access policies of an access entry."""
        principal = Arn.parse(entry.principal_arn)
        found = [
            item
            for item in self._answers.access_policies
            if (not cluster or item.value.cluster in ("", cluster))
            and principal is not None
            and (arn := Arn.parse(item.value.principal_arn)) is not None
            and same_principal(arn, principal)
        ]
        if found:
            return Known(found[0])
        self._want_entry("eks:ListAssociatedAccessPolicies", cluster, entry.principal_arn)
        command = (
            f"aws eks list-associated-access-policies --cluster-name {cluster or 'NAME'} "
            f"--principal-arn {entry.principal_arn} > access-policies.json"
        )
        return NotCollected(f"the access policies of {entry.principal_arn}", command)

    def creation(self, cluster: str) -> Located[ClusterCreation] | None:
        """Return who created the cluster, None where no record of it was read, or several that cannot be ordered.

        A cluster of the same name may have been there before: the last creation counts.
        """
        found = [item for item in self._answers.creations if not cluster or item.value.cluster == cluster]
        if len({item.value.principal_arn for item in found}) > 1 and not all(item.value.time for item in found):
            return None
        return max(found, key=lambda item: item.value.time, default=None)

    def caller(self) -> Located[CallerIdentity] | None:
        """Return the identity that the AWS CLI had, None where none or several were read."""
        if not self._answers.callers:
            self._answers.want(AwsRead("sts:GetCallerIdentity"))
        arns = {item.value.arn for item in self._answers.callers}
        return self._answers.callers[0] if len(arns) == 1 else None

    def private_dns_name(self, instance: str) -> str | None:
        """Return the private DNS name of an EC2 instance, None where it was not read."""
        names = {item.value.private_dns_name for item in self._answers.instances if item.value.instance_id == instance}
        names.discard("")
        return names.pop() if len(names) == 1 else None

    def created_at(self, principal: Arn) -> str:
        """Return when a role or user was created, empty where that was not read."""
        for role in self._answers.roles:
            arn = Arn.parse(role.value.arn)
            if arn is not None and same_principal(arn, principal) and role.value.created_at:
                return role.value.created_at
        for user in self._answers.users:
            if user.value.arn == str(principal):
                return user.value.created_at
        return ""

    def instance(self, identifier: str) -> Located[InstanceMetadata] | None:
        """Return an EC2 instance, None where it was not read."""
        found = next((item for item in self._answers.instances if item.value.instance_id == identifier), None)
        if found is None:
            self._answers.want(AwsRead("ec2:DescribeInstances", (("InstanceIds", identifier),)))
        return found

    def instance_named(self, node: str) -> Located[InstanceMetadata] | None:
        """Return the EC2 instance of a node that has the instance's private DNS name, or its id, as its own."""
        wanted = {node}
        found = (i for i in self._answers.instances if wanted & {i.value.private_dns_name, i.value.instance_id})
        return next(found, None)

    def role_of_profile(self, arn: str) -> RoleArn | None:
        """Return the role of an instance profile, None where the profile was not read."""
        for item in self._answers.instance_profiles:
            if item.value.arn == arn and len(item.value.role_arns) == 1:
                return RoleArn.parse(item.value.role_arns[0])
        name = arn.rpartition("/")[2]
        if name:
            account = arn.split(":")[4] if arn.count(":") >= 5 else ""
            self._answers.want(AwsRead("iam:GetInstanceProfile", (("InstanceProfileName", name),), account))
        return None

    def _clusters_of(self, source: Source) -> "_Clusters":
        """Return the clusters of which a list of associations may be: those that it names, any where it is empty."""
        items = (item for items in self._associations.values() for item in items)
        return _Clusters({item.value.cluster for item in items if _is_below(item.source, source)} - {""})

    def associations_in(self, namespace: str) -> tuple[Located[PodIdentityAssociation], ...]:
        """Return the Pod Identity associations of a namespace that were read."""
        return tuple(
            item for (where, _), items in self._associations.items() if where == namespace for item in items[:1]
        )

    def associations(self) -> tuple[Located[PodIdentityAssociation], ...]:
        """Return the Pod Identity associations that were read."""
        return tuple(item for items in self._associations.values() for item in items)

    def associations_of(self, service_account: str) -> tuple[Located[PodIdentityAssociation], ...]:
        """Return the Pod Identity associations of the accounts of a name, in any namespace."""
        return tuple(
            item for (_, name), items in self._associations.items() if name == service_account for item in items[:1]
        )

    def instance_profiles(self) -> tuple[Located[InstanceProfile], ...]:
        """Return the instance profiles that were read."""
        return tuple(self._answers.instance_profiles)

    def want(self, read: AwsRead) -> None:
        """Tell a live reader that a question looks at the answer of a call."""
        self._answers.want(read)

    def unread(self, *actions: str) -> tuple[Missing, ...]:
        """Return which of some calls gave no answer, and why."""
        told = (item.value for item in self._answers.refusals)
        refused = {said.subject for said in told if said.status == "Forbidden"} & set(actions)
        found: dict[str, Missing] = {action: Denied(f"what {action} shows", action) for action in sorted(refused)}
        for read, result in self._answers.reads.items():
            if isinstance(read, AwsRead) and read.action in actions and result.status == "failed":
                found.setdefault(read.action, NotCollected(f"what {read.action} shows", "", result.said))
        return tuple(found.values())

    def want_namesake(self, arn: RoleArn) -> None:
        """Tell a live reader that a question looks at the role of this name in the caller's own account."""
        if self.account not in ("", arn.account) and (self.account, arn.name) not in self._roles_by_name:
            self._answers.want(AwsRead("iam:GetRole", (("RoleName", arn.name),), self.account))

    def want_roles(self) -> None:
        """Tell a live reader that a question looks around among the account's roles."""
        if not self._answers.role_lists:
            self._answers.want(AwsRead("iam:ListRoles"))

    def want_addon(self, cluster: str, name: str) -> None:
        """Tell a live reader that a question looks at an add-on."""
        if cluster and all(item.value.name != name for item in self._answers.addons):
            self._answers.want(AwsRead("eks:DescribeAddon", (("addonName", name), ("clusterName", cluster))))

    def addons(self) -> tuple[Located[Addon], ...]:
        """Return the add-ons that were read."""
        return tuple(self._answers.addons)

    def association(self, cluster: str, namespace: str, service_account: str) -> Fact[Located[PodIdentityAssociation]]:
        """Return the Pod Identity association of a service account; ``cluster`` is empty when not known."""
        found = [
            item
            for item in self._associations.get((namespace, service_account), ())
            if "" in (cluster, item.value.cluster) or item.value.cluster == cluster
        ]
        what = f"Pod Identity association of {namespace}/{service_account}"
        if found:
            # A list leaves the role out; describe-pod-identity-association has it.
            best = next((item for item in found if item.value.role_arn), found[0])
            identifier = best.value.arn.rpartition("/")[2]
            if not best.value.role_arn and cluster and identifier:
                named = (("associationId", identifier), ("clusterName", cluster))
                self._answers.want(AwsRead("eks:DescribePodIdentityAssociation", named))
            return Known(best)
        if cluster:
            self._answers.want(AwsRead("eks:ListPodIdentityAssociations", (("clusterName", cluster),)))
        if any(cluster in self._clusters_of(source) for source in self._answers.association_lists):
            return Absent(what, "it is not in the cluster's list")
        shown = cluster or "NAME"
        command = (
            f"aws eks list-pod-identity-associations --cluster-name {shown} > eks-list-pod-identity-associations.json"
        )
        return NotCollected(what, command)


class _Clusters(frozenset[str]):
    """Names of clusters; an empty set, and an empty name, stand for any."""

    def __contains__(self, cluster: object) -> bool:
        return not self or not cluster or super().__contains__(cluster)


def _is_below(place: Source, document: Source) -> bool:
    return (place.file, place.document, place.path[: len(document.path)]) == (
        document.file,
        document.document,
        document.path,
    )


def _names(text: str, principal: Arn) -> bool:
    """Return whether a text has an ARN, and not only as the start of a longer one."""
    return re.search(re.escape(str(principal)) + r"(?![\w+=,.@/-])", text) is not None


def same_principal(one: Arn, other: Arn) -> bool:
    """Return whether two ARNs name one role or user. Of a role the path is left out: its name is unique (M3)."""
    if (one.partition, one.service, one.account) != (other.partition, other.service, other.account):
        return False
    kind = one.resource.partition("/")[0]
    if kind != other.resource.partition("/")[0]:
        return False
    if kind == "role":
        return one.resource.rpartition("/")[2] == other.resource.rpartition("/")[2]
    return one.resource == other.resource


def _is_filtered(arns: tuple[str, ...], path: str) -> bool:
    """Return whether a list of roles may be of another path only (`--path-prefix`), and so says nothing here.

    An account with a cluster has service-linked roles: an empty list is not the whole one.
    """
    paths = {role.path for text in arns if (role := RoleArn.parse(text))}
    return path not in paths and len(paths) <= 1 and paths != {"/"}
