"""What outcomes, severities, strengths, ways of checking and places are called, wherever people read them."""

from __future__ import annotations

from checker.errors import Text
from checker.model import Checkability, Outcome, Place, Severity, Strength

OUTCOMES = {
    Outcome.PASSED: Text("通过", "passed"),
    Outcome.FAILED: Text("不通过", "failed"),
    Outcome.NOT_APPLICABLE: Text("不适用", "not applicable"),
    Outcome.UNDECIDED: Text("无法判定", "undecided"),
    Outcome.PERSON_DECIDES: Text("人工认定", "person decides"),
    Outcome.NOT_SUPPLIED: Text("未提交", "not supplied"),
    Outcome.ERROR: Text("规则出错", "error"),
}
OPEN = (Outcome.ERROR, Outcome.UNDECIDED, Outcome.PERSON_DECIDES, Outcome.NOT_SUPPLIED)  # what is worst first
ORDER = (Outcome.FAILED, *OPEN, Outcome.PASSED, Outcome.NOT_APPLICABLE)  # what is to be acted on comes first
SEVERITIES = {
    Severity.VIOLATION: Text("违反", "violation"),
    Severity.WARNING: Text("警告", "warning"),
    Severity.INFO: Text("提示", "info"),
}
STRENGTHS = {
    Strength.MANDATORY: Text("强制", "mandatory"),
    Strength.EXPECTED: Text("应当", "expected"),
    Strength.LOCAL: Text("地方", "local"),
    Strength.PRACTICE: Text("惯例", "practice"),
    Strength.ADVISED: Text("建议", "advised"),
}
CHECKED = {
    Checkability.AUTOMATIC: Text("自动核查", "automatic"),
    Checkability.BY_PERSON: Text("人工核查", "by a person"),
    Checkability.NOT_FROM_PACKAGE: Text("成果包内无法核查", "not from a package"),
}


def where(place: Place, lang: str) -> str:
    """Where something stands, from the file inwards."""
    parts = [place.file]
    if place.part:
        parts.append(Text("图层 ", "layer ").in_(lang) + place.part if place.is_layer else place.part)
    if place.row is not None:
        parts.append(_row(place, place.row).in_(lang))
    if place.column:
        parts.append(Text(f"“{place.column}”列", f"column {place.column}").in_(lang))
    return " / ".join(parts)


def _row(place: Place, row: int) -> Text:
    if place.is_layer:
        return Text(f"要素 {row}", f"feature {row}")
    return Text(f"第 {row} 段", f"paragraph {row}") if place.is_text else Text(f"第 {row} 行", f"row {row}")
