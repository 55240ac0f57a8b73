"""A test pod as YAML, and the commands for somebody else to run it."""

from typing import Any


def render(pod: dict[str, Any]) -> str:
    """Return the manifest, ending with a line break."""
    import yaml

    return str(yaml.safe_dump(pod, sort_keys=False))


def with_commands(pod: dict[str, Any]) -> str:
    """Return the manifest between the commands that create the pod, show what it printed, and delete it."""
    name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
    commands = [f"kubectl logs {name} -n {namespace} -c {item['name']}" for item in pod["spec"]["containers"]]
    commands.append(f"kubectl delete pod {name} -n {namespace}")
    before = "# Save as probe.yaml, then:\n#   kubectl apply -f probe.yaml\n"
    return f"{before}{render(pod)}---\n" + "".join(f"# {command}\n" for command in commands)
