"""``trustpath permissions``: the least that a command has to be allowed."""

import json

import click

_NAMES = ("audit", "compare", "probe", "scan", "snapshot", "who-can", "whoami", "why")


@click.command(short_help="Print the least ClusterRole and IAM policy for a command.")
@click.argument("command", type=click.Choice(_NAMES), required=False)
@click.option("--kubernetes", "only_kubernetes", is_flag=True, help="Print the ClusterRole alone, as YAML.")
@click.option("--aws", "only_aws", is_flag=True, help="Print the IAM policy alone, as JSON.")
@click.option("--logs", is_flag=True, help="With the logs of pods, which `why --logs` reads.")
def permissions(command: str | None, only_kubernetes: bool, only_aws: bool, logs: bool) -> int:
    """Print a ClusterRole and an IAM policy that allow just what COMMAND reads; what all of them read without it.

    They are made from the list by which the readers themselves go: what is not on it is never read. Secrets are not.

    \b
    trustpath permissions why
    trustpath permissions scan --kubernetes | kubectl apply -f -
    trustpath permissions scan --aws > trustpath-policy.json
    """
    import functools
    import operator

    import yaml

    from trustpath.errors import QuestionError
    from trustpath.facts.live.permissions import COMMANDS, Needs, cluster_role, iam_policy

    if only_kubernetes and only_aws:
        raise QuestionError("--kubernetes and --aws exclude each other", "without either both are printed")
    needs = COMMANDS[command] if command else functools.reduce(operator.or_, COMMANDS.values())
    needs |= Needs(logs=logs)
    name = f"trustpath-{command}" if command else "trustpath"
    role = yaml.safe_dump(cluster_role(name, needs), sort_keys=False)
    policy = json.dumps(iam_policy(needs), indent=2)
    if only_aws:
        click.echo(policy)
    elif only_kubernetes:
        click.echo(role, nl=False)
    else:
        click.echo(f"# ClusterRole: kubectl apply -f -\n{role}\n# IAM policy\n{policy}")
    return 0
