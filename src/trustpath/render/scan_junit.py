"""A scan as JUnit's XML: a test case for each finding, a skipped one for what could not be told."""

import re
from xml.etree import ElementTree as Xml  # written here, never read

from trustpath.model.scan import Finding, ScanReport

_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(report: ScanReport) -> str:
    """Return the document, ending with a line break."""
    errors = [item for item in report.findings if item.level == "error"]
    total = len(report.findings) + len(report.undecided) + report.counts.allowed
    suites = Xml.Element("testsuites", name="trustpath")
    suite = Xml.SubElement(
        suites,
        "testsuite",
        name="trustpath scan",
        tests=str(total),
        failures=str(len(errors)),
        skipped=str(len(report.undecided)),
        errors="0",
    )
    properties = Xml.SubElement(suite, "properties")
    Xml.SubElement(properties, "property", name="scope", value=xml_text(report.scope))
    for finding in report.findings:
        case = Xml.SubElement(suite, "testcase", classname=finding.id, name=xml_text(finding.subject))
        text = _body(finding)
        if finding.level == "error":
            failure = Xml.SubElement(case, "failure", message=xml_text(finding.title), type=finding.id)
            failure.text = text
        else:
            Xml.SubElement(case, "system-out").text = text
    for item in report.undecided:
        case = Xml.SubElement(suite, "testcase", classname="unknown", name=xml_text(item.subject))
        Xml.SubElement(case, "skipped", message=xml_text(item.why))
    if report.counts.allowed:
        name = f"{report.counts.allowed} subjects are allowed"
        Xml.SubElement(suite, "testcase", classname="allowed", name=name)
    Xml.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(suites, encoding="unicode") + "\n"


def _body(finding: Finding) -> str:
    lines = [finding.title]
    for item in finding.evidence[:2]:
        lines.append(f"--> {item.source}{f':{item.line}:{item.column}' if item.line else f' {item.path}'}")
        lines.append(f"    {item.excerpt or item.value}")
    if finding.expected:
        lines += [f"expected: {finding.expected}", f"got:      {finding.got}"]
    lines += [finding.explanation, *finding.help]
    lines += [f"pods: {', '.join(finding.subjects)}"] if finding.subjects else []
    return xml_text("\n".join(line for line in lines if line))


def xml_text(value: str) -> str:
    """Return a text without characters that XML cannot hold."""
    return _NOT_XML.sub("�", value)
