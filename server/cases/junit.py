"""Results as JUnit XML, which continuous integration systems read."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree

from config import render
from server.cases.suite import Failure, Result
from server.system.terminal import visible


def junit(suite: str, results: Sequence[Result]) -> bytes:
    """One suite of this name. A test that fails has one failure, which tells of every expectation that does not hold."""
    counts = {
        "tests": str(len(results)),
        "failures": str(sum(bool(result.failures) for result in results)),
        "errors": "0",
        "skipped": "0",
        "time": _seconds(sum(result.seconds for result in results)),
    }
    root = ElementTree.Element("testsuites", {"name": "tagyard", **counts})
    element = ElementTree.SubElement(root, "testsuite", {"name": visible(suite), **counts})
    for result in results:
        _case(element, suite, result)
    ElementTree.indent(root)
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _case(suite: ElementTree.Element, name: str, result: Result) -> None:
    place = {"file": visible(result.place.file), "line": str(result.place.line)}
    named = {"classname": visible(name), "name": visible(result.name)}
    case = ElementTree.SubElement(suite, "testcase", {**named, **place, "time": _seconds(result.seconds)})
    if result.failures:
        message = visible(str(result.failures[0].problem))
        failure = ElementTree.SubElement(case, "failure", {"type": "expectation", "message": message})
        failure.text = "\n".join(line for each in result.failures for line in _lines(each))


def _lines(failure: Failure) -> list[str]:
    """Without what XML cannot hold."""
    return [visible(line) for line in (*render(failure.problem).split("\n"), *failure.more)]


def _seconds(seconds: float) -> str:
    return f"{seconds:.6f}"
