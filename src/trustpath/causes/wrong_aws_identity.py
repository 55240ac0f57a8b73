"""The client signs as one principal, and the cluster knows another one of the same person.

What: compares whom the kubeconfig's plugin signs as with the profiles at hand and what the cluster knows.
Why it denies: `aws eks get-token` takes the default profile unless the kubeconfig says otherwise (T5, T6).
Not a problem when: the principal is meant to get an entry of its own.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.eks.canonical_arn import canonicalize
from trustpath.engine.rbac.request import account_of
from trustpath.model.client import Kubeconfig
from trustpath.paths.links import Finding
from trustpath.paths.principal_to_cluster.entries import CLIENT, UNAUTHORIZED, at_caller, maps, own_name
from trustpath.paths.principal_to_cluster.symptoms import at_message
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk


@cause("mapping", "client", when_unknown=True)
def check(walk: PrincipalWalk) -> Iterator[Diagnosis]:
    """Hold when the principal is unknown to the cluster and a profile or the caller beside it is known."""
    if walk.came_as:
        yield from _came_as_another(walk)
        return
    if walk.user is not None:
        return
    yield from _terraform(walk)
    yield from _kubeconfig(walk)


def _came_as_another(walk: PrincipalWalk) -> Iterator[Diagnosis]:
    """A message names another principal than the one that would be let in."""
    if not account_of(walk.came_as) and walk.symptom is not None:
        yield Diagnosis(
            confidence="certain",
            title=f"the request came as `{walk.came_as}`, not as `{walk.principal.arn}`",
            explanation="The token says who signed it; whoever is meant has to sign it.",
            evidence=(at_message(walk, "the user that asked"),),
            expected=walk.principal.arn,
            got=walk.came_as,
            symptom=walk.symptom.text.strip()[:300],
            help=(
                "let the client sign as the role that is meant:",
                "aws eks update-kubeconfig --name CLUSTER --role-arn ARN",
            ),
        )


def _kubeconfig(walk: PrincipalWalk) -> Iterator[Diagnosis]:
    """T5, T6: the plugin signs with the default credentials, or assumes a role first."""
    caller = walk.snapshot.aws.caller()
    for item in walk.snapshot.kubeconfigs():
        config = item.value
        plugin = config.plugin
        if plugin is None:
            continue
        place = item.source.at("users", config.user_position, "user", "exec", "command")
        shown = Finding(place, plugin.command, _signs_as(config, own_name(walk)))
        region = plugin.option("--region")
        command = f"aws eks update-kubeconfig --name {plugin.cluster_name or walk.cluster_name or 'CLUSTER'}" + (
            f" --region {region}" if region else ""
        )
        if not plugin.profile and not plugin.role_arn:
            for profile in walk.snapshot.aws_profiles():
                role = profile.value.role_arn
                if role and maps(walk, role):
                    same = caller is not None and caller.value.arn == walk.question_arn
                    yield _diagnosis(
                        walk,
                        f"the kubeconfig signs as `{own_name(walk)}`, and the cluster knows the role of profile "
                        f"`{profile.value.name}`",
                        (shown, Finding(profile.source, "", f"assumes {role}"), *at_caller(walk)),
                        role,
                        f"{command} --profile {profile.value.name}",
                        sure=same,
                    )
                    return
        role = plugin.role_arn or next(
            (
                profile.value.role_arn
                for profile in walk.snapshot.aws_profiles()
                if profile.value.name == plugin.profile
            ),
            "",
        )
        is_asked = role.rpartition("/")[2] == own_name(walk) and role != ""
        if is_asked and caller is not None and maps(walk, _principal_of(caller.value.arn)):
            yield _diagnosis(
                walk,
                f"the kubeconfig assumes `{role}` first, and the cluster knows the caller itself",
                (shown, *at_caller(walk)),
                caller.value.arn,
                command,
                sure=True,
            )
            return


def _terraform(walk: PrincipalWalk) -> Iterator[Diagnosis]:
    """F3: a provider's exec section signs with what the runner has, not with the role of the aws provider."""
    providers = walk.snapshot.terraform_providers()
    roles = [item for item in providers if item.value.name == "aws" and item.value.role_arn]
    for item in providers:
        plugin = item.value.plugin
        if not item.value.is_cluster_client or plugin is None or plugin.role_arn or plugin.profile:
            continue
        for aws in roles:
            if not maps(walk, aws.value.role_arn):
                continue
            yield Diagnosis(
                confidence="likely",
                title=f"the {item.value.name} provider signs as `{own_name(walk)}`, and the cluster knows the role of "
                "the aws provider",
                explanation="An exec section takes the credentials of the runner; what the aws provider assumes does "
                "not reach it.",
                evidence=(
                    Finding(item.source.at("name"), item.value.name, "its exec section names no role"),
                    Finding(aws.source.at("expressions", "assume_role"), "assume_role", aws.value.role_arn, key=True),
                ),
                expected=aws.value.role_arn,
                got=walk.principal.arn,
                symptom=UNAUTHORIZED,
                help=(f'in its exec section, add the arguments "--role-arn", "{aws.value.role_arn}"',),
                rank=CLIENT,
            )
            return


def _diagnosis(
    walk: PrincipalWalk, title: str, evidence: tuple[Finding, ...], known: str, command: str, *, sure: bool
) -> Diagnosis:
    return Diagnosis(
        confidence="certain" if sure else "likely",
        title=title,
        explanation="The token says who signed it; whoever is meant has to sign it.",
        evidence=evidence,
        expected=known,
        got=walk.principal.arn,
        symptom=UNAUTHORIZED,
        help=("let the kubeconfig use the right identity:", command),
        rank=CLIENT,
    )


def _signs_as(config: Kubeconfig, name: str) -> str:
    plugin = config.plugin
    if plugin and plugin.role_arn:
        return f"assumes {plugin.role_arn}"
    if plugin and plugin.profile:
        return f"uses profile {plugin.profile}"
    return f"names neither profile nor role: signs as {name}"


def _principal_of(arn: str) -> str:
    found = canonicalize(arn)
    return arn if isinstance(found, str) else found.arn
