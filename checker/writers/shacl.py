"""The report as RDF, in Turtle: the sh:ValidationReport of SHACL, the outcome of every rule, and where it all comes from.

``sh:conforms`` is true only where every rule passed or does not apply: what could not be judged does not conform. Results have
SHACL's own properties, and ours for what SHACL has no word for (``chk:``, ontology/rules.ttl). PROV-O says which files, with
their SHA-256 (SPDX), were checked with which rulebook and by which program. Nothing has a blank node for a name, and the lines
are sorted: the same report gives the same bytes. Geometries are left to the other formats.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from checker import __version__
from checker.errors import Text
from checker.model import Clause, Finding, Outcome, PlanSummary, Reason, Report, Rule, RuleOutcome, Severity
from checker.writers import review
from checker.writers.conclusion import HEADED
from checker.writers.text import remark, where

_PREFIXES = {
    "chk": "https://w3id.org/plancheck/chk#",
    "dct": "http://purl.org/dc/terms/",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "sh": "http://www.w3.org/ns/shacl#",
    "spdx": "http://spdx.org/rdf/terms#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_SEVERITIES = {Severity.INFO: "sh:Info", Severity.WARNING: "sh:Warning", Severity.VIOLATION: "sh:Violation"}
_GOOD = (Outcome.PASSED, Outcome.NOT_APPLICABLE)
_IS_IRI = re.compile(r"(https?|urn):[^\x00-\x20<>\"{}|^`\\]+")
_NOT_IN_IRI = re.compile(r"[\x00-\x20<>\"{}|^`\\]")  # Turtle, production 18
_ESCAPED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_TO_ESCAPE = re.compile(r'[\x00-\x1f"\\\x7f]')

Statement = tuple[str, str, str]  # subject, predicate, object, each as Turtle has it


def write(report: Report, lang: str) -> str:  # noqa: ARG001 - every writer takes a language; RDF carries both
    """Turtle; the same report gives the same bytes."""
    lines = [f"@prefix {prefix}: <{iri}> ." for prefix, iri in _PREFIXES.items()]
    said: dict[str, dict[str, set[str]]] = {}
    for s, p, o in _report(report):
        said.setdefault(s, {}).setdefault(p, set()).add(o)
    for s in sorted(said):
        lines += ["", s, *_described(said[s])]
    return "\n".join(lines) + "\n"


def _described(said: dict[str, set[str]]) -> Iterator[str]:
    """What is said of a subject, a line for each statement."""
    predicates = sorted(said, key=lambda p: (p != "a", p))
    for p in predicates:
        objects = sorted(said[p])
        for o in objects:
            end = "," if o is not objects[-1] else "." if p is predicates[-1] else ";"
            yield f"    {p} {o} {end}" if o is objects[0] else f"        {o} {end}"


def _report(report: Report) -> Iterator[Statement]:
    base = _base(report)
    this = iri(base)
    yield this, "a", "chk:Report"
    yield this, "a", "sh:ValidationReport"
    yield this, "a", "prov:Entity"
    yield from _texts(this, "rdfs:comment", HEADED)
    yield this, "sh:conforms", _boolean(all(outcome.outcome in _GOOD for outcome in report.outcomes))
    yield this, "chk:accepted", _boolean(report.accepted)
    yield this, "chk:asOf", _typed(report.as_of.isoformat(), "date")
    yield this, "chk:profileName", literal(report.profile.name)
    yield this, "chk:failOn", _SEVERITIES[report.fail_on]
    for note in report.notes:
        yield from _texts(this, "chk:remark", Text(remark(note, "zh"), remark(note, "en")))
    yield from _origin(report, base)
    names = _Names(base)
    for outcome in report.outcomes:
        yield from _rule(outcome.rule)
        yield from _outcome(outcome, this, names)


def _base(report: Report) -> str:
    """A name for the report that says what it was made of."""
    plans = (report.plan, *report.references)
    parts = [__version__, report.rulebook, report.engine, report.as_of.isoformat(), report.profile.name, report.fail_on]
    parts += [part for plan in plans for part in (plan.role, plan.iri, *(f"{f.name} {f.sha256}" for f in plan.files))]
    parts += [f"{file.name} {file.sha256}" for file in (report.review.files if report.review else ())]
    return f"urn:plancheck:report:{hashlib.sha256('|'.join(parts).encode()).hexdigest()[:32]}"


class _Names:
    """Gives what the report tells of names of their own, also where two have one id."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._given: Counter[str] = Counter()

    def of(self, kind: str, name: str) -> str:
        stem = f"{self._base}/{kind}/{quote(name)}"
        self._given[stem] += 1
        return iri(stem if self._given[stem] == 1 else f"{stem}~{self._given[stem]}")


# ---- what came of the rules -----------------------------------------------------------------------------------------


def _outcome(outcome: RuleOutcome, report: str, names: _Names) -> Iterator[Statement]:
    this = names.of("rule", outcome.rule.code)
    yield report, "chk:ruleOutcome", this
    yield this, "a", "chk:RuleOutcome"
    yield this, "chk:ofRule", iri(outcome.rule.iri)
    yield this, "chk:outcome", literal(outcome.outcome.value)
    yield this, "chk:counts", _boolean(outcome.counts)
    yield this, "chk:blocks", _boolean(outcome.blocks)
    yield this, "chk:checkedNodes", str(outcome.checked)
    for finding in outcome.findings:
        name = names.of("finding", finding.id)
        yield report, "sh:result", name
        yield from _finding(finding, name)
    for reason in outcome.reasons:
        name = names.of("open", reason.id)
        yield this, "chk:openPoint", name
        yield from _reason(reason, name)


def _finding(finding: Finding, this: str) -> Iterator[Statement]:
    yield this, "a", "chk:Finding"
    yield this, "a", "sh:ValidationResult"
    yield this, "sh:focusNode", iri(finding.focus)
    yield this, "sh:sourceShape", iri(finding.shape)
    yield this, "sh:sourceConstraintComponent", iri(finding.component)
    yield this, "sh:resultSeverity", _SEVERITIES[finding.severity]
    yield from _texts(this, "sh:resultMessage", finding.message)
    path = finding.path or ""
    if _IS_IRI.fullmatch(path):  # one of several steps is that of the source shape
        yield this, "sh:resultPath", iri(path)
    elif path.startswith("^") and _IS_IRI.fullmatch(path[1:]):
        yield this, "sh:resultPath", f"[ sh:inversePath {iri(path[1:])} ]"
    if finding.value is not None:
        yield this, "sh:value", iri(finding.value) if _IS_IRI.fullmatch(finding.value) else literal(finding.value)
    yield this, "chk:ofRule", iri(finding.rule.iri)
    yield this, "chk:stableId", literal(finding.id)
    yield this, "chk:blocks", _boolean(finding.blocks)
    if finding.waiver is not None:
        yield from _texts(this, "chk:waived", Text(*(review.waived(finding.waiver, lang) for lang in ("zh", "en"))))
    if finding.place is not None:
        yield from _texts(this, "chk:where", Text(where(finding.place, "zh"), where(finding.place, "en")))
    for name, value in (("chk:measured", finding.measured), ("chk:allowed", finding.allowed)):
        if value is not None:
            yield from _texts(this, name, value)


def _reason(reason: Reason, this: str) -> Iterator[Statement]:
    yield this, "a", "chk:OpenPoint"
    yield this, "chk:outcome", literal(reason.outcome.value)
    yield this, "chk:stableId", literal(reason.id)
    yield from _texts(this, "chk:reason", reason.text)
    if reason.decision is not None:
        yield from _texts(this, "chk:decided", Text(*(review.decided(reason.decision, lang) for lang in ("zh", "en"))))
    if reason.node is not None:
        yield this, "chk:aboutNode", iri(reason.node)
    if reason.place is not None:
        yield from _texts(this, "chk:where", Text(where(reason.place, "zh"), where(reason.place, "en")))


def _rule(rule: Rule) -> Iterator[Statement]:
    this = iri(rule.iri)
    yield this, "a", "chk:Rule"
    yield this, "chk:code", literal(rule.code)
    yield this, "chk:clause", iri(rule.clause.iri)
    yield this, "sh:severity", _SEVERITIES[rule.severity]
    yield from _texts(this, "rdfs:label", rule.title)
    yield from _texts(this, "chk:remedy", rule.remedy)
    yield from _clause(rule.clause)


def _clause(clause: Clause) -> Iterator[Statement]:
    this, guideline = iri(clause.iri), iri(clause.guideline)
    yield guideline, "a", "chk:Guideline"
    yield from _texts(guideline, "rdfs:label", clause.guideline_title)
    yield this, "a", "chk:Clause"
    yield this, "chk:ofGuideline", guideline
    yield this, "chk:number", literal(clause.number)
    yield this, "chk:strength", f"chk:{clause.strength.value}"
    yield from _texts(this, "chk:requirement", clause.requirement)
    yield from _texts(this, "chk:instrument", clause.instrument)
    yield from _texts(this, "chk:article", clause.article)
    for digits in clause.jurisdiction:
        yield this, "chk:jurisdiction", literal(digits)


# ---- where it comes from --------------------------------------------------------------------------------------------


def _origin(report: Report, base: str) -> Iterator[Statement]:
    """What was checked, with what, and by which program."""
    this, check, agent, rulebook = (iri(base + end) for end in ("", "/check", "/plancheck", "/rulebook"))
    yield this, "prov:wasGeneratedBy", check
    yield this, "prov:wasAttributedTo", agent
    yield check, "a", "prov:Activity"
    yield check, "prov:wasAssociatedWith", agent
    yield check, "prov:used", rulebook
    yield agent, "a", "prov:SoftwareAgent"
    yield agent, "rdfs:label", literal(f"plancheck {__version__}")
    yield agent, "owl:versionInfo", literal(__version__)
    yield agent, "rdfs:comment", literal(report.engine)
    yield rulebook, "a", "prov:Entity"
    yield from _checksum(rulebook, f"{base}/rulebook/sha256", report.rulebook)
    for plan in (report.plan, *report.references):
        yield from _plan(plan, base, check)


def _plan(plan: PlanSummary, base: str, check: str) -> Iterator[Statement]:
    this, package = iri(plan.iri), iri(f"{base}/package/{quote(plan.role)}")
    yield this, "a", "prov:Entity"
    yield this, "dct:identifier", literal(plan.identifier)
    yield this, "dct:title", literal(plan.title)
    yield from _texts(this, "dct:description", plan.kind)
    yield this, "prov:wasDerivedFrom", package
    yield check, "prov:used", package
    yield package, "a", "prov:Collection"
    yield package, "rdfs:label", literal(plan.role)
    for file in plan.files:
        name = f"{base}/file/{quote(plan.role)}/{quote(file.name)}"
        yield package, "prov:hadMember", iri(name)
        yield check, "prov:used", iri(name)
        yield iri(name), "a", "prov:Entity"
        yield iri(name), "dct:title", literal(file.name)
        yield from _checksum(iri(name), f"{name}/sha256", file.sha256)


def _checksum(entity: str, name: str, sha256: str) -> Iterable[Statement]:
    this = iri(name)
    yield entity, "spdx:checksum", this
    yield this, "a", "spdx:Checksum"
    yield this, "spdx:algorithm", "spdx:checksumAlgorithm_sha256"
    yield this, "spdx:checksumValue", _typed(sha256, "hexBinary")


# ---- terms as Turtle has them ---------------------------------------------------------------------------------------


def iri(name: str) -> str:
    """An IRI; what may not stand in one is percent-encoded."""
    return f"<{_NOT_IN_IRI.sub(lambda m: quote(m[0]), name)}>"


def literal(text: str) -> str:
    """A plain literal."""
    escaped = _TO_ESCAPE.sub(lambda m: _ESCAPED.get(m[0]) or f"\\u{ord(m[0]):04X}", text)
    return f'"{escaped}"'


def _typed(text: str, datatype: str) -> str:
    return f"{literal(text)}^^xsd:{datatype}"


def _boolean(value: bool) -> str:
    return str(value).lower()


def _texts(subject: str, predicate: str, said: Text) -> Iterator[Statement]:
    """A text in both languages."""
    yield subject, predicate, f"{literal(said.zh)}@zh"
    yield subject, predicate, f"{literal(said.en)}@en"
