"""A comparison for a terminal: what differs between the checks, the verdicts, and by guideline what became of each matter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checker.comparison import Comparison, Entry, Standing
from checker.errors import Text
from checker.writers.comparison.words import (
    MEANINGS,
    OPINION,
    STANDINGS,
    TITLE,
    UNLIKE,
    UNPLACED,
    by_guideline,
    change,
    kind_of,
    place_of,
)
from checker.writers.conclusion import conclude
from checker.writers.review import said

_MARKS = {
    Standing.NEW: "+",
    Standing.UNCHECKED: "?",
    Standing.CHANGED: "~",
    Standing.SAME: "=",
    Standing.FIXED: "-",
}


def write(comparison: Comparison, lang: str) -> str:
    """Plain text without colour; the same reports give the same bytes."""
    return "\n".join(_lines(comparison, lang)) + "\n"


def _lines(comparison: Comparison, lang: str) -> Iterator[str]:
    plan = comparison.new.plan
    yield TITLE.in_(lang)
    yield f"{plan.title}  [{plan.kind.in_(lang)}  {plan.identifier}]"
    yield ""
    if comparison.differences:
        yield UNLIKE.in_(lang)
        for name, sides in (change(difference, lang) for difference in comparison.differences):
            yield f"  {name}{Text('：', ': ').in_(lang)}{sides}"
        yield ""
    for guideline, entries in by_guideline(comparison).items():
        yield f"── {guideline.in_(lang)} " + "─" * 40
        waiting = [e for e in entries if e.standing is Standing.SAME and not e.latest.is_finding and not e.opinions]
        for entry in entries:
            if entry not in waiting:
                yield from _entry(entry, lang)
        yield from _waiting(waiting, lang)
        yield ""
    if comparison.unplaced:
        yield f"── {UNPLACED.in_(lang)} " + "─" * 40
        for opinion in comparison.unplaced:
            yield f"  {opinion.about}  {said(opinion, lang)}" if opinion.about else f"  {said(opinion, lang)}"
        yield ""
    yield from (f"{_MARKS[kind]} {STANDINGS[kind].in_(lang)}  {MEANINGS[kind].in_(lang)}" for kind in Standing)
    yield Text("问题：", "findings: ").in_(lang) + _counts(comparison, lang, of_findings=True)
    yield Text("待定事项：", "open points: ").in_(lang) + _counts(comparison, lang, of_findings=False)
    before, after = (conclude(report).value.in_(lang) for report in (comparison.old, comparison.new))
    yield Text(
        f"自动核查建议，供审查参考：{before} → {after}",
        f"automatic suggestion for the reviewer: {before} → {after}",
    ).in_(lang)


def _entry(entry: Entry, lang: str) -> Iterator[str]:
    matter = entry.latest
    weight = "●" if matter.of.counts else "○"
    kind = STANDINGS[entry.standing].in_(lang)
    told = f"{matter.of.rule.code} {kind_of(matter).in_(lang)}  {matter.text.in_(lang)}"
    yield f"{_MARKS[entry.standing]} {kind}  {weight} {told}"
    place = place_of(entry, lang)
    if place is not None:
        yield f"    {Text('位置', 'where').in_(lang)}  {place}"
    for name, sides in (change(found, lang) for found in entry.changes):
        yield f"    {name}  {sides}"
    if entry.because is not None:
        yield f"    {Text('原因', 'why').in_(lang)}  {entry.because.in_(lang)}"
    yield from (f"    {OPINION.in_(lang)}  {said(opinion, lang)}" for opinion in entry.opinions)
    yield f"    {Text('编号', 'id').in_(lang)}  {entry.id}"


def _waiting(entries: Sequence[Entry], lang: str) -> Iterator[str]:
    """Open points that are as they were, of which there can be hundreds: their rules alone."""
    if entries:
        mark, kind = _MARKS[Standing.SAME], STANDINGS[Standing.SAME].in_(lang)
        codes = Text("、", ", ").in_(lang).join(dict.fromkeys(entry.latest.of.rule.code for entry in entries))
        count = Text(f"待定事项 {len(entries)} 项：", f"open points {len(entries)}: ").in_(lang)
        yield f"{mark} {kind}  {count}{codes}"


def _counts(comparison: Comparison, lang: str, *, of_findings: bool) -> str:
    counts = comparison.counts(of_findings=of_findings)
    return Text("，", ", ").in_(lang).join(f"{STANDINGS[kind].in_(lang)} {n}" for kind, n in counts.items())
