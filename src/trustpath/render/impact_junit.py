"""What a change would do as JUnit's XML: a failed test case for each subject that is newly denied and each grant."""

from xml.etree import ElementTree as Xml  # written here, never read

from trustpath.model.impact import Impact
from trustpath.render.scan_junit import xml_text


def render(found: Impact) -> str:
    """Return the document, ending with a line break."""
    denied = [item for item in found.changed if item.after == "denied"]
    unknown = [item for item in found.changed if item.after == "unknown"]
    allowed = [item for item in found.changed if item.after == "allowed"]
    skipped = len(unknown) + len(found.not_looked_at)
    total = len(found.changed) + len(found.granted) + len(found.not_looked_at)
    suites = Xml.Element("testsuites", name="trustpath")
    suite = Xml.SubElement(
        suites,
        "testsuite",
        name="trustpath impact",
        tests=str(total),
        failures=str(len(denied) + len(found.granted)),
        skipped=str(skipped),
        errors="0",
    )
    for item in denied:
        case = Xml.SubElement(suite, "testcase", classname="newly-denied", name=xml_text(item.subject))
        failure = Xml.SubElement(case, "failure", message=f"was {item.before}, would be denied", type="newly-denied")
        failure.text = xml_text(item.why)
    for line in found.granted:
        case = Xml.SubElement(suite, "testcase", classname="granted", name=xml_text(line))
        Xml.SubElement(case, "failure", message="would be granted, and --allow does not name it", type="granted")
    for item in unknown:
        case = Xml.SubElement(suite, "testcase", classname="newly-unknown", name=xml_text(item.subject))
        Xml.SubElement(case, "skipped", message=xml_text(item.why))
    for address in found.not_looked_at:
        case = Xml.SubElement(suite, "testcase", classname="not-looked-at", name=xml_text(address))
        Xml.SubElement(case, "skipped", message="this kind of resource is not read")
    for item in allowed:
        Xml.SubElement(suite, "testcase", classname="newly-allowed", name=xml_text(item.subject))
    Xml.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(suites, encoding="unicode") + "\n"
