"""The documentation page of the ontology in zh and en, as Markdown, written from the packs' statements alone.

Everything is in the order of IRIs, so both languages have the same structure and the same statements give the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from rdflib import BNode, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.namespace import DCTERMS, OWL, RDF, RDFS, SKOS
from rdflib.term import Node

from checker.authoring.picture import layout, svg
from checker.authoring.terms import Source, Statements, read
from checker.errors import Text
from checker.resources import Pack
from checker.turtle import CHK, instances
from checker.vocabulary import SUB, Column, TableKind, Vocabulary, local_name

_FOLDED_FROM = 25
_MATCHES = (SKOS.exactMatch, SKOS.closeMatch, SKOS.broadMatch, SKOS.narrowMatch, SKOS.relatedMatch)
_ALIGNING = (RDFS.subClassOf, RDFS.subPropertyOf, OWL.equivalentClass, OWL.equivalentProperty, *_MATCHES)

WORDS: Mapping[str, Text] = {
    "title": Text("plancheck 本体", "The plancheck ontology"),
    "intro": Text(
        "本体说明一部智慧城市规划由什么构成，以及它与近期规划、国土空间规划的关系。规则、表名与列名都只用这里的术语；读取成果、核查规则都以此为准。本页由本体文件生成：改动术语请改 `ontology/`，再运行 `make docs`。",
        "The ontology says what a smart-city plan is made of and how it stands to the near-term and the territorial plan. Rules, table names and column names use these terms only, and plans are read and judged by them. This page is generated from the ontology's files: change a term in `ontology/`, then run `make docs`.",
    ),
    "other": Text("[English](ontology.en.md)", "[中文](ontology.zh.md)"),
    "picture": Text("总图：各模块、主要的类及其关系", "The modules, their main classes and how these are related"),
    "contents": Text("目录", "Contents"),
    "version": Text("版本", "Version"),
    "source": Text("来源", "Source"),
    "value-column": Text("取值", "Value"),
    "tables-only": Text("表与图层", "Tables and layers"),
    "imports": Text("导入", "Imports"),
    "classes": Text("类", "Classes"),
    "properties": Text("属性", "Properties"),
    "notes": Text("注记属性", "Annotation properties"),
    "codes": Text("代码与个体", "Codes and individuals"),
    "tables": Text("表与列", "Tables and columns"),
    "layers": Text("没有自有列的图层", "Layers without columns of their own"),
    "thresholds": Text("阈值", "Thresholds"),
    "alignments": Text("与其他词汇的关系", "Relations to other vocabularies"),
    "above": Text("上位类", "Subclass of"),
    "same": Text("等价于", "Equivalent to"),
    "every": Text("必要条件", "Every member"),
    "union": Text("互不相交地分为", "Divided without overlap into"),
    "disjoint": Text("不相交于", "Disjoint with"),
    "key": Text("主键", "Key"),
    "domain": Text("定义域", "Domain"),
    "range": Text("值域", "Range"),
    "kinds": Text("特性", "Characteristics"),
    "inverse": Text("逆属性", "Inverse"),
    "superproperty": Text("上位属性", "Subproperty of"),
    "chain": Text("属性链", "Follows from the chain"),
    "aligned": Text("对齐", "Alignment"),
    "functional": Text("至多一个值", "functional (at most one value)"),
    "symmetric": Text("对称", "symmetric"),
    "transitive": Text("传递", "transitive"),
    "asymmetric": Text("非对称", "asymmetric"),
    "data": Text("数据属性", "data property"),
    "object": Text("对象属性", "object property"),
    "or": Text("或", " or "),
    "list": Text("、", ", "),
    "colon": Text("：", ": "),
    "value": Text("其“{0}”为“{1}”", "whose “{0}” is “{1}”"),
    "some": Text("其“{0}”中有“{1}”", "with some “{1}” as “{0}”"),
    "all": Text("其“{0}”都是“{1}”", "whose “{0}” is never other than “{1}”"),
    "exactly": Text("“{0}”恰有 {1} 个", "with exactly {1} “{0}”"),
    "at-most": Text("“{0}”至多 {1} 个", "with at most {1} “{0}”"),
    "at-least": Text("“{0}”至少 {1} 个", "with at least {1} “{0}”"),
    "of": Text("（限“{0}”）", " (of “{0}”)"),
    "of-form": Text("形如 {0} 的文本", "text of the form {0}"),
    "one-of": Text("下列之一：{0}", "one of: {0}"),
    "not": Text("不是{0}", "not {0}"),
    "that": Text("“{0}”，{1}", "“{0}” {1}"),
    "and": Text("，且", " and "),
    "thing": Text("任何事物", "anything"),
    "notation": Text("代码", "Code"),
    "zh": Text("中文", "Chinese"),
    "en": Text("英文", "English"),
    "source-confidence": Text("来源与可信度", "Source and confidence"),
    "confidence": Text("可信度 {0}", "confidence {0}"),
    "low": Text("低", "low"),
    "medium": Text("中", "medium"),
    "changed": Text("各版中含义不同的代码", "Codes that mean different things in different editions"),
    "meant": Text("{0} 年版的含义", "Meaning in {0}"),
    "became": Text("原来的类在新版中", "What the earlier class became"),
    "names": Text("可用的名称", "Names accepted"),
    "rows": Text("每行是", "A row is"),
    "fields": Text("共有字段见", "Shares the columns of"),
    "column": Text("列", "Column"),
    "unit": Text("单位", "Unit"),
    "demand": Text("要求", "Demand"),
    "property": Text("填入的属性", "Property filled"),
    "is-key": Text("主键", "key"),
    "is-required": Text("必填", "required"),
    "is-many": Text("可列多个", "several in a cell"),
    "from": Text("自 {0} 起", "from {0}"),
    "threshold": Text("阈值", "Threshold"),
    "questions": Text("能力问题", "Competency questions"),
    "count": Text("各模块的术语数", "How many terms each module has"),
    "module": Text("模块", "Module"),
    "object-properties": Text("对象属性", "Object properties"),
    "data-properties": Text("数据属性", "Data properties"),
    "total": Text("合计", "Total"),
}


@dataclass(frozen=True, eq=False)
class _View:
    """The statements as one page tells them: in one language, with links to its own anchors."""

    said: Statements
    vocabulary: Vocabulary
    lang: str

    def word(self, name: str, *parts: object) -> str:
        return WORDS[name].in_(self.lang).format(*parts)

    @cached_property
    def graph(self) -> Graph:
        return self.said.ontology

    def label(self, iri: str) -> str:
        label = self.vocabulary.label(iri)
        return self.short(iri) if label is None else label.in_(self.lang)

    def both(self, iri: str) -> str:
        """The label in the page's language, the other's in brackets."""
        label = self.vocabulary.label(iri) or Text(self.short(iri), self.short(iri))
        return f"{label.zh}（{label.en}）" if self.lang == "zh" else f"{label.en} ({label.zh})"

    def short(self, iri: str) -> str:
        """A prefixed name, by the file that declares the term, else by any that names its vocabulary."""
        home = self.said.homes.get(iri)
        names = (source.short(iri) for source in ([home] if home else self.said.modules))
        return next((name for name in names if name != iri), iri)

    def link(self, iri: str) -> str:
        if iri == str(OWL.Thing):
            return self.word("thing")
        if iri not in self.said.homes:
            return f"`{self.short(iri)}`"
        described = iri in self.said.classes or iri in self.said.properties or iri in self.tables
        return f"[{self.label(iri)}](#{anchor(self.short(iri))})" if described else self.label(iri)

    def links(self, iris: Iterable[str]) -> str:
        return self.word("list").join(self.link(iri) for iri in sorted(iris))

    def text(self, subject: Node, predicate: URIRef) -> str:
        """The literal in the page's language, or one without language."""
        found = [o for o in self.graph.objects(subject, predicate) if isinstance(o, Literal)]
        fitting = sorted(str(o) for o in found if o.language in (None, self.lang))
        return "; ".join(fitting)

    def named(self, subject: Node, predicate: URIRef) -> list[str]:
        return sorted(str(o) for o in self.graph.objects(subject, predicate) if isinstance(o, URIRef))

    def own(self, subject: Node, predicate: URIRef) -> list[str]:
        """The named values that are terms of the packs; those of other vocabularies are alignments."""
        return [iri for iri in self.named(subject, predicate) if self.said.is_ours(iri)]

    @cached_property
    def disjoint(self) -> dict[str, set[str]]:
        """For each class, those that share no member with it, as stated."""
        groups = [[str(a), str(b)] for a, b in self.graph.subject_objects(OWL.disjointWith)]
        groups += [self.members(o) for o in self.graph.objects(None, OWL.members)]
        found: dict[str, set[str]] = {}
        for group in groups:
            for one in group:
                found.setdefault(one, set()).update(other for other in group if other != one)
        return found

    def members(self, items: Node) -> list[str]:
        return [str(item) for item in Collection(self.graph, items)]

    @cached_property
    def tables(self) -> dict[str, list[Column]]:
        """The columns that each table or set of shared fields has itself."""
        kinds = (*self.vocabulary.tables, *self.vocabulary.review_lists)
        columns = {c.iri: c for table in kinds for c in table.columns}
        found: dict[str, list[Column]] = {table.iri: [] for table in kinds}
        found |= {str(s): [] for s in instances(self.graph, SUB.FieldSet)}
        for iri in sorted(columns):
            for table in self.named(URIRef(iri), SUB.ofTableKind):
                found[table].append(columns[iri])
        return found

    # ---- axioms in words --------------------------------------------------------------------------------------------

    def expression(self, node: Node) -> str:
        """A class expression in words."""
        if isinstance(node, URIRef):
            return self.link(str(node))
        if not isinstance(node, BNode):
            return str(node.toPython()) if isinstance(node, Literal) else str(node)
        parts = self.graph.value(node, OWL.intersectionOf)
        if parts is not None:
            return self._intersection(list(Collection(self.graph, parts)))
        for predicate, name in ((OWL.unionOf, "or"), (OWL.oneOf, "list")):
            parts = self.graph.value(node, predicate)
            if parts is not None:
                said = self.word(name).join(self.expression(part) for part in Collection(self.graph, parts))
                return said if predicate == OWL.unionOf else self.word("one-of", said)
        facets = self.graph.value(node, OWL.withRestrictions)
        if facets is not None:
            forms = (str(o) for facet in Collection(self.graph, facets) for o in self.graph.objects(facet))
            return self.word("of-form", self.word("list").join(_as_code(form) for form in forms))
        negated = self.graph.value(node, OWL.complementOf)
        return self.word("not", self.expression(negated)) if negated is not None else self._restriction(node)

    def _intersection(self, parts: Sequence[Node]) -> str:
        named = [self.expression(part) for part in parts if isinstance(part, URIRef)]
        others = self.word("and").join(self.expression(part) for part in parts if not isinstance(part, URIRef))
        heads = self.word("and").join(named)
        return self.word("that", heads, others) if named and others else heads or others

    def _restriction(self, node: Node) -> str:
        on = self.link(str(self.graph.value(node, OWL.onProperty)))
        of = self.graph.value(node, OWL.onClass) or self.graph.value(node, OWL.onDataRange)
        for predicate, name in _RESTRICTIONS.items():
            value = self.graph.value(node, predicate)
            if value is not None:
                said = self.word(name, on, self.expression(value))
                return said if of is None else said + self.word("of", self.expression(of))
        return self.word("list").join(sorted(local_name(str(p)) for p in self.graph.predicates(node)))

    def facts(self, *pairs: tuple[str, str]) -> Iterator[str]:
        """List items of what is known; what is not said is left out."""
        for name, said in pairs:
            if said:
                yield f"- {self.word(name)}{self.word('colon')}{said}"


_RESTRICTIONS: Mapping[URIRef, str] = {
    OWL.hasValue: "value",
    OWL.someValuesFrom: "some",
    OWL.allValuesFrom: "all",
    OWL.cardinality: "exactly",
    OWL.qualifiedCardinality: "exactly",
    OWL.maxCardinality: "at-most",
    OWL.maxQualifiedCardinality: "at-most",
    OWL.minCardinality: "at-least",
    OWL.minQualifiedCardinality: "at-least",
}


def _as_code(pattern: str) -> str:
    """A pattern as Markdown shows it word for word, line breaks as escapes."""
    shown = pattern.replace("\n", "\\n").replace("\r", "\\r")
    return f"`{shown}`"


def anchor(short: str) -> str:
    """The name of an anchor: plan:Project -> plan-Project."""
    return re.sub(r"[^\w-]+", "-", short).strip("-")


def pages(packs: Sequence[Pack]) -> dict[str, str]:
    """The pages and pictures by file name."""
    said = read(packs)
    vocabulary = Vocabulary(said.ontology)
    plan = layout(vocabulary)
    found = {}
    for lang in ("zh", "en"):
        found[f"ontology.{lang}.md"] = page(said, vocabulary, lang)
        found[f"ontology.{lang}.svg"] = svg(plan, lang)
    return found


def page(said: Statements, vocabulary: Vocabulary, lang: str) -> str:
    """The page in one language."""
    view = _View(said, vocabulary, lang)
    modules = in_import_order(said.modules)
    lines = [f"# {view.word('title')}", "", view.word("other"), "", view.word("intro"), ""]
    lines += [f"![{view.word('picture')}](ontology.{lang}.svg)", "", f"## {view.word('contents')}", ""]
    lines += [f"- [{view.label(_iri(m))}](#{_anchor(m)})" for m in modules]
    lines += [f"- [{view.word('questions')}](#competency-questions)", f"- [{view.word('count')}](#terms)", ""]
    for module in modules:
        lines += _module(view, module)
    lines += [*_questions(view), *_counts(view, modules)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip() + "\n"


def in_import_order(modules: Iterable[Source]) -> list[Source]:
    """Modules, each after those that it imports, else by IRI."""
    waiting = {_iri(m): m for m in sorted(modules, key=_iri)}
    ordered: list[Source] = []
    while waiting:
        free = (iri for iri, m in waiting.items() if not waiting.keys() & (_imports(m) - {iri}))
        ordered.append(waiting.pop(next(free, min(waiting))))
    return ordered


def _iri(module: Source) -> str:
    return min((str(s) for s in module.graph.subjects(RDF.type, OWL.Ontology)), default=module.name)


def _imports(module: Source) -> set[str]:
    return {str(o) for o in module.graph.objects(None, OWL.imports)}


def _anchor(module: Source) -> str:
    return "module-" + anchor(module.name.removeprefix("ontology/").removesuffix(".ttl"))


# ---- one module -----------------------------------------------------------------------------------------------------


def _module(view: _View, module: Source) -> Iterator[str]:
    iri = URIRef(_iri(module))
    yield from (
        "",
        f'<a id="{_anchor(module)}"></a>',
        "",
        f"## {view.both(iri)}",
        "",
        view.text(iri, SKOS.definition),
        "",
    )
    known = {_iri(m): m for m in view.said.modules}
    imports = [f"[{view.label(i)}](#{_anchor(known[i])})" for i in sorted(_imports(module)) if i in known]
    version, source = view.text(iri, OWL.versionInfo), view.text(iri, DCTERMS.source)
    facts = (("version", version), ("source", source), ("imports", view.word("list").join(imports)))
    yield from (f"- IRI{view.word('colon')}`{iri}`", *view.facts(*facts), "")
    kinds = ((OWL.Class, "classes", _class), (OWL.ObjectProperty, "properties", _property))
    for kind, heading, entry in kinds:
        terms = instances(module.graph, kind)
        if kind == OWL.ObjectProperty:
            terms = sorted({*terms, *instances(module.graph, OWL.DatatypeProperty)})
        yield from _entries(view, terms, heading, entry)
    yield from _entries(view, instances(module.graph, OWL.AnnotationProperty), "notes", _property)
    yield from (*_codes(view, module), *_changed(view, module), *_tables(view, module), *_thresholds(view, module))
    yield from _aligned_elsewhere(view, module)


def _entries(
    view: _View, terms: Sequence[URIRef], heading: str, entry: Callable[[_View, URIRef], Iterator[str]]
) -> Iterator[str]:
    if terms:
        yield from ("", f"### {view.word(heading)}", "")
    for term in terms:
        yield from ("", f'<a id="{anchor(view.short(term))}"></a>', "", f"#### {view.both(term)}", "")
        yield from (f"`{view.short(term)}` {view.text(term, SKOS.definition)}", "")
        yield from (*entry(view, term), *view.facts(("source", view.text(term, DCTERMS.source))), "")


def _class(view: _View, cls: URIRef) -> Iterator[str]:
    graph = view.graph
    wider = [o for o in graph.objects(cls, RDFS.subClassOf) if isinstance(o, BNode)]
    unions = [view.members(o) for o in graph.objects(cls, OWL.disjointUnionOf)]
    keys = [view.links(view.members(o)) for o in graph.objects(cls, OWL.hasKey)]
    yield from view.facts(
        ("above", view.links(view.own(cls, RDFS.subClassOf))),
        *(("same", said) for said in sorted(view.expression(o) for o in graph.objects(cls, OWL.equivalentClass))),
        *(("every", said) for said in sorted(view.expression(o) for o in wider)),
        *(("union", view.links(members)) for members in sorted(unions)),
        ("disjoint", view.links(view.disjoint.get(str(cls), ()))),
        *(("key", said) for said in sorted(keys)),
        ("aligned", _aligned(view, cls)),
    )


_KINDS = (
    (OWL.ObjectProperty, "object"),
    (OWL.DatatypeProperty, "data"),
    (OWL.FunctionalProperty, "functional"),
    (OWL.SymmetricProperty, "symmetric"),
    (OWL.AsymmetricProperty, "asymmetric"),
    (OWL.TransitiveProperty, "transitive"),
)


def _property(view: _View, term: URIRef) -> Iterator[str]:
    graph = view.graph
    kinds = [view.word(name) for kind, name in _KINDS if (term, RDF.type, kind) in graph]
    inverses = {*view.named(term, OWL.inverseOf), *(str(s) for s in graph.subjects(OWL.inverseOf, term))}
    chains = [" ∘ ".join(map(view.link, view.members(o))) for o in graph.objects(term, OWL.propertyChainAxiom)]
    yield from view.facts(
        ("kinds", view.word("list").join(kinds)),
        *(("domain", said) for said in sorted(view.expression(o) for o in graph.objects(term, RDFS.domain))),
        *(("range", said) for said in sorted(view.expression(o) for o in graph.objects(term, RDFS.range))),
        ("superproperty", view.links(view.own(term, RDFS.subPropertyOf))),
        ("inverse", view.links(inverses)),
        *(("chain", said) for said in sorted(chains)),
        ("aligned", _aligned(view, term)),
    )


def _aligned(view: _View, term: URIRef) -> str:
    """How a term stands to terms of other vocabularies."""
    foreign = [(p, o) for p in _ALIGNING for o in view.named(term, p) if not view.said.is_ours(o)]
    return view.word("list").join(f"{local_name(p)} `{view.short(o)}`" for p, o in sorted(foreign))


def _aligned_elsewhere(view: _View, module: Source) -> Iterator[str]:
    """What a module says of terms that other modules declare, to vocabularies that exist."""
    homes = view.said.homes
    subjects = {s for p in _ALIGNING for s in module.graph.subjects(p, None) if isinstance(s, URIRef)}
    told = [s for s in sorted(subjects) if str(s) in homes and homes[str(s)] is not module and _aligned(view, s)]
    if told:
        yield from ("", f"### {view.word('alignments')}", "")
        yield from (f"- {view.link(s)}{view.word('colon')}{_aligned(view, s)}" for s in told)


# ---- codes ----------------------------------------------------------------------------------------------------------


def individuals(module: Source, view: _View) -> dict[str, list[URIRef]]:
    """The individuals that a module describes, by class: codes, units and declarations; not tables or thresholds."""
    apart = {str(c) for c in (SUB.ColumnKind, SUB.FieldSet, CHK.Threshold, CHK.DatedValue)}
    apart |= view.said.below(SUB.TableKind)
    found: dict[str, list[URIRef]] = {}
    for s, cls in sorted(module.graph.subject_objects(RDF.type), key=str):
        if isinstance(s, URIRef) and str(cls) in view.said.classes and str(cls) not in apart:
            found.setdefault(str(cls), []).append(s)
    return found


def _codes(view: _View, module: Source) -> Iterator[str]:
    found = individuals(module, view)
    if found:
        yield from ("", f"### {view.word('codes')}", "")
    for cls, members in found.items():
        rows = [_code(view, s) for s in members]
        head = ("notation", "zh", "en", "source-confidence")
        filled = [i for i, _ in enumerate(head) if any(row[i] for row in rows)]
        table = _table([view.word(head[i]) for i in filled], [[row[i] for i in filled] for row in rows])
        yield from _folded(
            f"**{view.link(cls)}**", f"{view.label(cls)} ({len(rows)})", table, len(rows) >= _FOLDED_FROM
        )


def _notations(view: _View, code: URIRef) -> list[str]:
    """How a code is written, shortest first; by its name where it has no notation."""
    found = sorted((str(o) for o in view.graph.objects(code, SKOS.notation)), key=lambda n: (len(n), n))
    return found or [view.short(code)]


def _code(view: _View, code: URIRef) -> list[str]:
    label = view.vocabulary.label(code) or Text("", "")
    level = view.text(code, CHK.confidence)
    sure = view.word("confidence", view.word(level) if level in WORDS else level) if level else ""
    source = view.text(code, DCTERMS.source)
    named = view.word("list").join(f"`{n}`" for n in _notations(view, code))
    return [named, label.zh, label.en, "; ".join(said for said in (source, sure) if said)]


def _changed(view: _View, module: Source) -> Iterator[str]:
    """The codes of a module's list that stand for another class in the edition which its classes are mapped to."""
    rows: list[list[str]] = []
    scheme = next(iter(instances(module.graph, SKOS.ConceptScheme)), None)
    mapped = {
        o for s in module.graph.subjects(SKOS.inScheme, scheme) for p in _MATCHES for o in view.graph.objects(s, p)
    }
    after = next((s for o in sorted(mapped, key=str) for s in view.named(o, SKOS.inScheme)), None)
    if scheme is None or after is None:
        return
    later = {
        str(n): c
        for c in view.graph.subjects(SKOS.inScheme, URIRef(after))
        for n in view.graph.objects(c, SKOS.notation)
    }
    earlier = {view.label(str(s)) for s in module.graph.subjects(SKOS.inScheme, scheme)}
    for s in sorted(module.graph.subjects(SKOS.inScheme, scheme), key=str):
        code = _notations(view, URIRef(str(s)))[0]
        became = sorted(str(o) for p in _MATCHES for o in view.graph.objects(s, p))
        if code not in later or (s, SKOS.exactMatch, later[code]) in view.graph:
            continue
        was, now = (view.label(str(c)) for c in (s, later[code]))
        # A code whose class only gained or lost members still means the same, unless it has the name of another class.
        if str(later[code]) not in became or now in earlier - {was}:
            moved = (f"`{_notations(view, URIRef(o))[0]}` {view.label(o)}" for o in became)
            rows.append([f"`{code}`", was, now, view.word("list").join(moved)])
    if rows:
        old, new = (view.text(edition, SUB.edition) for edition in (scheme, URIRef(after)))
        head = [view.word("notation"), view.word("meant", old), view.word("meant", new), view.word("became")]
        yield from ("", f"#### {view.word('changed')}", "", *_table(head, rows), "")


# ---- tables and thresholds ------------------------------------------------------------------------------------------


def _tables(view: _View, module: Source) -> Iterator[str]:
    kinds = {t.iri: t for t in (*view.vocabulary.tables, *view.vocabulary.review_lists)}
    here = [iri for iri in view.tables if view.said.homes[iri] is module]
    bare = [kinds[iri] for iri in here if iri in kinds and not view.tables[iri]]
    if here:
        yield from ("", f"### {view.word('tables')}", "")
    for iri in here:
        if view.tables[iri]:
            head = [view.word(name) for name in ("column", "names", "unit", "demand", "property")]
            table = [
                *_about_table(view, iri, kinds.get(iri)),
                *_table(head, [_column(view, c) for c in view.tables[iri]]),
            ]
            yield from ("", f'<a id="{anchor(view.short(iri))}"></a>', "")
            yield from _folded("", view.both(iri), table, True)
    if bare:
        head = [view.word(name) for name in ("layers", "names", "rows", "fields")]
        rows = [
            [
                f'<a id="{anchor(view.short(t.iri))}"></a>{view.both(t.iri)}',
                _names(view, t.names, t.label),
                view.link(t.rows_are),
                view.links(view.named(URIRef(t.iri), SUB.withFields)),
            ]
            for t in bare
        ]
        yield from _folded("", f"{view.word('layers')} ({len(rows)})", _table(head, rows), True)


def _about_table(view: _View, iri: str, table: TableKind | None) -> Iterator[str]:
    yield from (f"`{view.short(iri)}`", "")
    if table is not None:
        fields = view.links(view.named(URIRef(iri), SUB.withFields))
        names = _names(view, table.names, table.label)
        yield from (*view.facts(("names", names), ("rows", view.link(table.rows_are)), ("fields", fields)), "")


def _column(view: _View, column: Column) -> list[str]:
    flags = (column.is_key, "is-key"), (column.is_required, "is-required"), (column.is_many, "is-many")
    demands = view.word("list").join(view.word(name) for said, name in flags if said)
    filled = view.links({p for p in (column.property, column.end_property) if p})
    return [view.both(column.iri), _names(view, column.names, column.label), column.unit or "", demands, filled]


def _names(view: _View, names: Iterable[str], label: Text) -> str:
    """The names other than the labels."""
    return view.word("list").join(name for name in names if name not in label)


def _thresholds(view: _View, module: Source) -> Iterator[str]:
    here = [t for iri, t in sorted(view.vocabulary.thresholds.items()) if view.said.homes[iri] is module]
    if here:
        head = [view.word("threshold"), "IRI", view.word("value-column"), view.word("source")]
        rows = []
        for t in here:
            values = [f"{value.normalize():f} ({view.word('from', day.isoformat())})" for day, value in t.values]
            source = view.text(URIRef(t.iri), DCTERMS.source)
            rows.append([view.both(t.iri), f"`{view.short(t.iri)}`", view.word("list").join(values), source])
        yield from ("", f"### {view.word('thresholds')}", "", *_table(head, rows), "")


# ---- the end of the page --------------------------------------------------------------------------------------------


def _questions(view: _View) -> Iterator[str]:
    """The competency questions, which the files ask in comments, by folder."""
    yield from ("", '<a id="competency-questions"></a>', "", f"## {view.word('questions')}", "")
    section = ""
    for source in view.said.of("fixtures/competency"):
        asked = re.search(rf"^#\s*{view.lang}:\s*(.+)$", source.query, re.MULTILINE)
        if asked:
            if source.name.split("/")[-2] != section:
                section = source.name.split("/")[-2]
                yield from ("", f"### {section}", "")
            yield f"- {asked[1].strip()} (`{source.name}`)"


def _counts(view: _View, modules: Sequence[Source]) -> Iterator[str]:
    kinds = (
        ("classes", OWL.Class),
        ("object-properties", OWL.ObjectProperty),
        ("data-properties", OWL.DatatypeProperty),
        ("notes", OWL.AnnotationProperty),
    )
    rows, totals = [], [0] * (len(kinds) + 2)
    for module in modules:
        numbers = [len(instances(module.graph, kind)) for _, kind in kinds]
        numbers += [sum(map(len, individuals(module, view).values()))]
        numbers += [sum(view.said.homes[iri] is module for iri in view.tables)]
        totals = [a + b for a, b in zip(totals, numbers, strict=True)]
        rows.append([f"[{view.label(_iri(module))}](#{_anchor(module)})", *map(str, numbers)])
    rows.append([f"**{view.word('total')}**", *(f"**{n}**" for n in totals)])
    head = [view.word("module"), *(view.word(name) for name, _ in kinds), view.word("codes"), view.word("tables-only")]
    yield from ("", '<a id="terms"></a>', "", f"## {view.word('count')}", "", *_table(head, rows))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    cells = ([cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in (head, *rows))
    lines = [f"| {' | '.join(row)} |" for row in cells]
    return [lines[0], "|" + " --- |" * len(head), *lines[1:]]


def _folded(heading: str, summary: str, lines: Iterable[str], fold: bool) -> Iterator[str]:
    yield from ("", heading, "")
    if fold:
        yield from (f"<details><summary>{summary}</summary>", "", *lines, "", "</details>", "")
    else:
        yield from (*lines, "")
