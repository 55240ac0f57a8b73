"""Builds the documentation strictly: every warning is an error.

python docs/build.py            build into docs/_build
python docs/build.py --schema   write the JSON Schemas in docs anew from the structs
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec

from trustpath.causes import catalogue
from trustpath.model import (
    audit,
    changes,
    checkup,
    comparison,
    generated,
    impact,
    lint,
    scan,
    token_report,
    trace,
    who_can,
    whoami,
)

DOCS = Path(__file__).parent


SCHEMAS = {
    "audit-v1.schema.json": (audit.SCHEMA_VERSION, audit.AuditReport),
    "changes-v1.schema.json": ("trustpath.dev/changes/v1", changes.Changes),
    "doctor-v1.schema.json": (checkup.SCHEMA_VERSION, checkup.Checkup),
    "generated-rbac-v1.schema.json": (generated.SCHEMA_VERSION, generated.GeneratedRbac),
    "impact-v1.schema.json": (impact.SCHEMA_VERSION, impact.Impact),
    "scan-v1.schema.json": (scan.SCHEMA_VERSION, scan.ScanReport),
    "trace-v1.schema.json": (trace.SCHEMA_VERSION, trace.Trace),
    "lint-v1.schema.json": (lint.SCHEMA_VERSION, lint.LintReport),
    "compare-v1.schema.json": (comparison.SCHEMA_VERSION, comparison.Comparison),
    "token-v1.schema.json": (token_report.SCHEMA_VERSION, token_report.TokenReport),
    "whoami-v1.schema.json": (whoami.SCHEMA_VERSION, whoami.WhoAmI),
    "who-can-v1.schema.json": (who_can.SCHEMA_VERSION, who_can.WhoCan),
}


def schema(file: str) -> str:
    """Return the JSON Schema of a document that Trustpath prints, made from the structs."""
    version, kind = SCHEMAS[file]
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": version,
        **msgspec.json.schema(kind),
    }
    return json.dumps(document, indent=2) + "\n"


def copy_causes() -> None:
    """Copy the pages of the causes and write their index; both are made from the files alone."""
    folder = DOCS / "causes"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    by_link: dict[str, list[str]] = {}
    for entry in catalogue.catalogue():
        by_link.setdefault(entry.link, []).append(entry.id)
        (folder / f"{entry.id}.md").write_text(catalogue.page(entry.id), encoding="utf-8")
    lines = [
        "# Causes",
        "",
        "Why a pod does not get its AWS role, and why the cluster refuses, by the link that breaks.",
        "",
    ]
    for link, identifiers in by_link.items():
        lines += [f"## {link}", ""]
        lines += [f"- [{identifier}]({identifier}.md): {catalogue.meaning(identifier)}" for identifier in identifiers]
        lines += [""]
    lines += ["```{toctree}", ":hidden:", ":glob:", "", "*", "```", ""]
    (folder / "index.md").write_text("\n".join(lines), encoding="utf-8")


def main() -> int:
    """Build the site, or write the schema."""
    if "--schema" in sys.argv:
        for file in SCHEMAS:
            (DOCS / file).write_text(schema(file), encoding="utf-8")
        return 0
    copy_causes()
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-W",
        "--keep-going",
        "-q",
        "-b",
        "html",
        str(DOCS),
        str(DOCS / "_build"),
    ]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
