"""An audit as JUnit's XML: a test case for each finding, a skipped one for what could not be told."""

from xml.etree import ElementTree as Xml  # written here, never read

from trustpath.model.audit import AuditFinding, AuditReport
from trustpath.render.scan_junit import xml_text


def render(report: AuditReport) -> str:
    """Return the document, ending with a line break."""
    suites = Xml.Element("testsuites", name="trustpath")
    suite = Xml.SubElement(
        suites,
        "testsuite",
        name="trustpath audit argo",
        tests=str(len(report.findings) + len(report.undecided) + len(report.passed)),
        failures=str(len(report.findings)),
        skipped=str(len(report.undecided)),
        errors="0",
    )
    properties = Xml.SubElement(suite, "properties")
    Xml.SubElement(properties, "property", name="scope", value=xml_text(report.scope))
    for item in report.findings:
        case = Xml.SubElement(suite, "testcase", classname=item.id, name=xml_text(item.subject))
        failure = Xml.SubElement(case, "failure", message=xml_text(item.title), type=item.severity)
        failure.text = _body(item)
    for open_one in report.undecided:
        case = Xml.SubElement(suite, "testcase", classname="unknown", name=open_one.check)
        Xml.SubElement(case, "skipped", message=xml_text(open_one.why))
    for number in report.passed:
        Xml.SubElement(suite, "testcase", classname="passed", name=number)
    Xml.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(suites, encoding="unicode") + "\n"


def _body(item: AuditFinding) -> str:
    lines = [item.title]
    for place in item.evidence[:2]:
        lines.append(f"--> {place.source}{f':{place.line}:{place.column}' if place.line else f' {place.path}'}")
        lines.append(f"    {place.excerpt or place.value}")
    return xml_text("\n".join(line for line in (*lines, item.explanation, *item.fix) if line))
