"""Writes a new rule and its first fixtures from a template, whole enough to be read and run, and marked where to write."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from string import Template

from checker.errors import CannotFinish, Text
from checker.model import Clause
from checker.prepared import prepare
from checker.resources import Pack
from checker.rulebook import Rulebook
from checker.turtle import base_of
from checker.vocabulary import Vocabulary, local_name

TO_WRITE = ("（待写", "(to write")  # how the places begin that an author has to fill
_PREFIXES = {
    "chk": "https://w3id.org/plancheck/chk#",
    "hts": "https://w3id.org/plancheck/hts#",
    "plan": "https://w3id.org/plancheck/plan#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "sh": "http://www.w3.org/ns/shacl#",
    "sub": "https://w3id.org/plancheck/sub#",
    "terr": "https://w3id.org/plancheck/terr#",
}
_RULE = Template("""\
rule:$code a chk:Rule , sh:NodeShape ; chk:code "$code" ;
    rdfs:label "（待写：一句话的标题）"@zh , "(to write: a title)"@en ;
    chk:clause <$clause> ;
    chk:reads $target ;
    sh:targetClass $target ;
    sh:property rule:$code-$tail ;
    chk:remedy "（待写：规划师怎样修改）"@zh , "(to write: how a planner mends it)"@en .

rule:$code-$tail sh:path $path ; sh:minCount 1 ;
    sh:message "（待写）“{?this}”缺少什么"@zh , "(to write) what {?this} lacks"@en .
""")
_FIXTURES = {
    "pass-has-it": "p:one a $target ; $path $value .",
    "fail-lacks-it": "fixture:this chk:expects [ chk:focus p:one ; chk:shape rule:$code-$tail ] .\np:one a $target .",
    "na-none-there": "",
    "not-supplied": "",
}
_PLAN = "<urn:plancheck:plan:S> a $kind , sub:PlanUnderReview ; sub:supplies $target ."


def scaffold(packs: tuple[Pack, ...], code: str, clause: str, target: str, path: str) -> dict[Path, str]:
    """The files of a new rule in the last of the packs, by their path, not written yet.

    ``clause``: its number or IRI; ``target`` and ``path``: a class and a property by label, alternative label or
    prefixed name. Raises CannotFinish for what is not there, and for a code that is taken.
    """
    known, pack = prepare(packs), packs[-1]
    rules, terms = known.rulebook, known.vocabulary
    found = _clause(rules, clause)
    cls, prop = _term(terms, target, is_class=True), _term(terms, path, is_class=False)
    home = pack.root / "rules" / local_name(found.guideline)
    if code in rules.shapes or (home / f"{code}.ttl").exists():
        raise CannotFinish(
            Text(f"代码 {code} 已经有规则。", f"The code {code} is taken."),
            str(home / f"{code}.ttl"),
            Text("换一个字母。", "Take another letter."),
        )
    words = {
        "code": code,
        "clause": found.iri,
        "target": _short(cls),
        "path": _short(prop),
        "tail": local_name(prop).lower(),
        "value": _value(terms, prop),
        "kind": "plan:SmartCityPlan",
    }
    heads = dict(_PREFIXES.items()) | {"rule": f"{base_of(pack)}rule/"}
    files = {home / f"{code}.ttl": _headed(_RULE.substitute(words), heads)}
    fixtures = pack.root / "fixtures" / "rules" / code
    heads |= {"fixture": "https://w3id.org/plancheck/fixture/", "p": "urn:plancheck:plan:S/"}
    for name, text in _FIXTURES.items():
        plan = _PLAN if name != "not-supplied" else _PLAN.replace(" ; sub:supplies $target", "")
        files[fixtures / f"{name}.ttl"] = _headed(Template(f"{plan}\n{text}").substitute(words).strip() + "\n", heads)
    return files


def write(files: dict[Path, str]) -> None:
    """Writes files, with the folders they lie in. Raises CannotFinish where that cannot be."""
    for path, text in files.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        except OSError as error:
            raise CannotFinish(
                Text(f"写不进去：{error.strerror}", f"It cannot be written: {error.strerror}"),
                str(path),
                Text("用 --pack 指向自己的规则包文件夹。", "Point --pack at the folder of a pack of your own."),
            ) from None


def _clause(rules: Rulebook, wanted: str) -> Clause:
    for clause in rules.clauses.values():
        if wanted in (clause.iri, clause.number):
            return clause
    raise CannotFinish(
        Text(f"没有条款 {wanted}。", f"There is no clause {wanted}."),
        "--clause",
        Text("先在 guidelines/ 中写条款，或核对编号。", "Write the clause in guidelines/ first, or check its number."),
    )


def _term(terms: Vocabulary, wanted: str, *, is_class: bool) -> str:
    """The class or property that goes by a label or a prefixed name."""
    known = terms.classes if is_class else terms.properties
    for iri in sorted(known):
        label = terms.label(iri)
        if wanted in (iri, _short(iri)) or (label is not None and wanted in label):
            return iri
    raise CannotFinish(
        Text(
            f"本体中没有“{wanted}”这个{'类' if is_class else '属性'}。",
            f"The ontology has no {'class' if is_class else 'property'} '{wanted}'.",
        ),
        "--target" if is_class else "--path",
        Text(
            "写标签（如“项目”）或带前缀的名称（如 plan:Project）。",
            "Give a label (project) or a prefixed name (plan:Project).",
        ),
    )


def _short(iri: str) -> str:
    return next((f"{p}:{iri[len(ns) :]}" for p, ns in _PREFIXES.items() if iri.startswith(ns)), f"<{iri}>")


def _value(terms: Vocabulary, prop: str) -> str:
    """A value of a property, in Turtle."""
    samples = {
        "decimal": "1.0",
        "integer": "1",
        "boolean": "true",
        "date": '"2026-01-01"^^<http://www.w3.org/2001/XMLSchema#date>',
    }
    datatype = terms.properties[prop].datatype
    return "p:other" if datatype is None else samples.get(datatype, '"（待写）"')


def _headed(text: str, prefixes: dict[str, str]) -> str:
    """A Turtle text with the prefixes that it uses."""
    return "\n".join([*_used(text, prefixes), "", text])


def _used(text: str, prefixes: dict[str, str]) -> Iterator[str]:
    for prefix, iri in sorted(prefixes.items()):
        if f"{prefix}:" in text:
            yield f"@prefix {prefix}: <{iri}> ."
