"""Shapes as SQL: a statement gives the results of a shape on all nodes of a relation ``focus`` (this) at once.

One function per constraint component; each takes a ``Shape`` (with its focus nodes and value nodes as steps of the
statement) and the parameter's value, and gives the solutions that violate it: ``this`` and, where the specification
gives the result a value, ``value``. Sections in the docstrings are those of the SHACL recommendation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import OWL, RDF, RDFS, SH, XSD
from rdflib.paths import Path
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import Identifier, Node

from checker.engine.sql import patterns, terms
from checker.engine.sql.expressions import language_matches, matches
from checker.engine.sql.paths import in_sparql, shacl_path, written
from checker.engine.sql.script import Script, Solutions
from checker.engine.sql.statement import Aggregate, Source, Statement
from checker.engine.sql.terms import CannotCompile, Expr, Kind
from checker.vocabulary import Vocabulary

DEFAULT_PREFIXES = {"rdf": str(RDF), "rdfs": str(RDFS), "owl": str(OWL)}
_OF_SHAPE = "focus of the shape"  # a column that no variable of a query can be
_PATH = re.compile(r"[$?]PATH\b")


def shape_statement(graph: Graph, shape: Identifier, vocabulary: Vocabulary, focus: Kind = Kind.NODE) -> Statement:
    """The results of a shape. Raises CannotCompile, naming the form, for one that the compiler does not know."""
    script = Script(vocabulary)
    start = script.table("focus", {"this": focus})
    parts = list(_violations(Compiling(script, graph), shape, start, ()))
    selects, sources = [], []
    for k, (source, found) in enumerate(parts):
        value, path = (found.columns.get(name, terms.null(Kind.NODE)) for name in ("value", "path"))
        columns = (
            f"{k} AS k, {_node_and_term(found.columns['this'], 'focus')}, {_node_and_term(value, 'value')}, "
            f"{terms.node(path)} AS path"
        )
        selects.append(f"SELECT {'DISTINCT ' if found.distinct else ''}{columns}{found.source()}")
        sources.append(source)
    nothing = (
        "SELECT 0 AS k, 0::BIGINT AS focus, NULL::VARCHAR AS focus_term, NULL::BIGINT AS value, "
        "NULL::VARCHAR AS value_term, NULL::BIGINT AS path WHERE false"
    )
    sql = script.text("\nUNION ALL\n".join(selects) or nothing)
    return Statement(sql, frozenset(script.relations), script.named_in(sql), tuple(sources))


def select_statement(
    text: str, prefixes: Mapping[str, str], constants: Mapping[str, Identifier], vocabulary: Vocabulary
) -> Statement:
    """The solutions of a SELECT for each focus node, with $this bound to it."""
    query = _query(text, prefixes)
    return _statement(
        vocabulary, lambda script, focus: replace(patterns.select(script, query, focus, constants), distinct=True)
    )


def aggregates(
    text: str, prefixes: Mapping[str, str], constants: Mapping[str, Identifier], vocabulary: Vocabulary
) -> list[Aggregate]:
    """The numbers that a SELECT makes of many solutions for each focus node, with these, from the query's own patterns."""
    return [
        Aggregate(
            a.name.removeprefix("Aggregate_"),
            bool(a.distinct),
            name,
            _statement(vocabulary, partial(patterns.aggregated, grouping=grouping, a=a)),
            _statement(vocabulary, partial(patterns.aggregate, grouping=grouping, a=a)),
            patterns.value_of(grouping, a),
        )
        for grouping, a, name in patterns.aggregates_in(_query(text, prefixes), constants)
    ]


def _query(text: str, prefixes: Mapping[str, str]) -> CompValue:
    return patterns.parsed(text, tuple(sorted({**DEFAULT_PREFIXES, **prefixes}.items())))


def _statement(vocabulary: Vocabulary, found: Callable[[Script, Solutions], Solutions]) -> Statement:
    """Solutions that are made from the focus nodes as a statement."""
    script = Script(vocabulary)
    shown = found(script, script.table("focus", {"this": Kind.NODE}))
    sql = script.text(shown.selected())
    return Statement(sql, frozenset(script.relations), script.named_in(sql), kinds=shown.kinds)


def reads_unnamed(graph: Graph, prefixes: Mapping[str, str]) -> bool:
    """Whether shapes read statements or classes that they do not name: sh:closed, a predicate or a class that is open.

    It is asked of shapes that cannot be compiled too: an engine that sees only what they name would miss the rest.
    """
    if (None, SH.closed, Literal(True)) in graph or RDF.type in set(graph.objects(None, SH.path)):
        return True
    texts = [str(o) for p in (SH.select, SH.ask) for o in graph.objects(None, p)]
    known = tuple(sorted({**DEFAULT_PREFIXES, **prefixes}.items()))
    given = {_local(graph.value(p, SH.path) or RDF.nil) for p in graph.objects(None, SH.parameter)}
    queries = (patterns.parsed(_PATH.sub("<urn:path>", text), known) for text in texts)
    return any(patterns.has_open_predicate(query, given) for query in queries)


def _node_and_term(e: Expr, name: str) -> str:
    """A term as two columns: the node, or what a column of terms holds where it is a literal."""
    if e.kind is Kind.NODE:
        return f"{e.sql} AS {name}, NULL::VARCHAR AS {name}_term"
    literal = f"CASE WHEN NOT ({terms.is_node(e)}) THEN {e.sql} END" if e.kind is Kind.TERM else terms.as_term(e)
    return f"{terms.node(e)} AS {name}, {literal} AS {name}_term"


@dataclass
class Compiling:
    """What all shapes of a statement share.

    ``values``: value nodes, by step of focus nodes and path; ``failing``: steps of failing nodes, by shape and step of
    candidates.
    """

    script: Script
    graph: Graph
    values: dict[tuple[str, str], Solutions] = field(default_factory=dict)
    failing: dict[tuple[Node, str], str] = field(default_factory=dict)


@dataclass
class Shape:
    """A shape on its focus nodes: a step whose rows bind ``this``. ``above``: the shapes that it is evaluated in, and itself."""

    of: Compiling
    shape: Identifier
    focus: Solutions
    above: tuple[Node, ...]

    @property
    def script(self) -> Script:
        return self.of.script

    @property
    def graph(self) -> Graph:
        return self.of.graph

    @cached_property
    def path(self) -> URIRef | Path | None:
        node = self.graph.value(self.shape, SH.path)
        return None if node is None else shacl_path(self.graph, node)

    @cached_property
    def values(self) -> Solutions:
        """The value nodes: rows of this and value; of a node shape the focus node itself."""
        if self.path is not None:
            key = (self.focus.tables[0], in_sparql(self.path))
            if key not in self.of.values:
                self.of.values[key] = patterns.values(self.script, self.focus, self.path)
            return self.of.values[key]
        this = self.focus.columns["this"]
        return replace(self.focus, columns={"this": this, "value": this})

    @property
    def this(self) -> Expr:
        return self.values.columns["this"]

    @property
    def value(self) -> Expr:
        return self.values.columns["value"]

    @cached_property
    def values_as_focus(self) -> Solutions:
        """The distinct value nodes, as focus nodes of another shape."""
        if self.path is None:
            return self.focus
        return self.script.made("inner_focus", replace(self.values, columns={"this": self.value}, distinct=True))

    def objects(self, predicate: URIRef) -> list[Node]:
        return sorted(self.graph.objects(self.shape, predicate), key=str)

    # ---- solutions that violate -----------------------------------------------------------------------------------

    def where(self, test: str) -> Solutions:
        """The value nodes of which a condition holds."""
        return self.values.filtered(test)

    def unless(self, test: str) -> Solutions:
        """The value nodes of which a condition does not hold, or errs."""
        return self.where(f"NOT COALESCE({test}, false)")

    def focus_where(self, test: str) -> Solutions:
        """The focus nodes of which a condition holds; such results have no value."""
        return self.focus.filtered(test)

    def fails(self, shape: Node) -> str:
        """The condition that a value node fails another shape."""
        key = (shape, self.values_as_focus.tables[0])
        if key not in self.of.failing:
            parts = list(_violations(self.of, _identifier(shape), self.values_as_focus, self.above))
            failing = [replace(p, columns={"this": _of_shape(p)}).of_kind("this", self.value.kind) for _, p in parts]
            sql = "\nUNION\n".join(p.selected() for p in failing)
            nothing = f"SELECT NULL::{self.value.kind.sql} AS this WHERE false"
            self.of.failing[key] = self.script.step("failing", sql or nothing)
        return f"{self.value.sql} IN (SELECT this FROM {self.of.failing[key]})"


def _violations(
    of: Compiling, shape: Identifier, focus: Solutions, above: tuple[Node, ...]
) -> Iterator[tuple[Source, Solutions]]:
    """What violates a shape among some nodes, constraint by constraint."""
    graph = of.graph
    if shape in above:
        raise CannotCompile(f"the recursive shape {shape}")
    if graph.value(shape, SH.deactivated) == Literal(True):
        return
    c = Shape(of, shape, focus, (*above, shape))
    severity = str(graph.value(shape, SH.severity) or SH.Violation)
    path = None if c.path is None else written(c.path)
    for predicate, (name, component) in _COMPONENTS.items():
        for parameter in c.objects(predicate):
            found = component(c, parameter)
            if found is not None:
                yield Source(shape, str(SH[name]), path, severity), found
    for component_iri, found in _custom(c):
        yield Source(shape, component_iri, path, severity), found
    for inner in c.objects(SH.property):
        for source, found in _violations(of, _identifier(inner), c.values_as_focus, c.above):
            yield source, _per_focus(c, found)


def _per_focus(c: Shape, found: Solutions) -> Solutions:
    """Results on the value nodes, once for each focus node that has the value node, which is kept beside ``this``."""
    if c.path is None:
        return found
    found = c.script.made("distinct_rows", found) if found.distinct else found
    join = f"JOIN {c.values.tables[0]} ON {terms.same(c.value, _of_shape(found))}"
    return replace(found, columns={**found.columns, _OF_SHAPE: c.this}, tables=(*found.tables, join))


def _of_shape(found: Solutions) -> Expr:
    """The focus node of the shape under which results were found: their own, or one that leads to it."""
    return found.columns.get(_OF_SHAPE, found.columns["this"])


def _identifier(node: Node) -> Identifier:
    assert isinstance(node, Identifier)
    return node


# ---- 4.1 value type -------------------------------------------------------------------------------------------------


def _class(c: Shape, parameter: Node) -> Solutions:
    """4.1.1 sh:class: each value is a member of the class."""
    members = f"SELECT s FROM {c.script.cls(str(parameter))}"
    if c.value.kind not in (Kind.NODE, Kind.TERM):
        return c.where("true")
    return c.unless(f"{terms.node(c.value)} IN ({members})")


def _datatype(c: Shape, parameter: Node) -> Solutions:
    """4.1.2 sh:datatype: each value is a literal of the datatype, and well formed."""
    name = str(parameter).removeprefix(str(XSD))
    if name == "string" or str(parameter) == str(RDF.langString):
        wanted = f"{terms.datatype(c.value)} " + ("= 'string'" if name == "string" else "LIKE '@%'")
        return c.unless(wanted)
    test = f"{terms.datatype(c.value)} = {terms.quoted(name)}"
    if c.value.kind is Kind.TERM:
        well = terms.well_formed(name, terms.lexical(c.value))
        test += f" AND {well}" if well else ""
    return c.unless(test)


def _node_kind(c: Shape, parameter: Node) -> Solutions:
    """4.1.3 sh:nodeKind."""
    tests = {
        "BlankNode": terms.is_blank(c.value),
        "IRI": f"{terms.is_node(c.value)} AND NOT {terms.is_blank(c.value)}",
        "Literal": f"NOT ({terms.is_node(c.value)})",
    }
    wanted = str(parameter).rsplit("#", 1)[-1]
    found = [f"({test})" for kind, test in tests.items() if kind in wanted.split("Or")]
    if not found:
        raise CannotCompile(f"the node kind {parameter}")
    return c.unless(" OR ".join(found))


# ---- 4.2 cardinality ------------------------------------------------------------------------------------------------


def _min_count(c: Shape, parameter: Node) -> Solutions | None:
    """4.2.1 sh:minCount."""
    least = _integer(parameter)
    if least < 1:
        return None
    return c.focus_where(f"{_this(c)} NOT IN ({_counted(c, f'>= {least}')})")


def _max_count(c: Shape, parameter: Node) -> Solutions:
    """4.2.2 sh:maxCount."""
    most = _integer(parameter)
    return c.focus_where(f"{_this(c)} IN ({_counted(c, f'> {most}')})")


def _this(c: Shape) -> str:
    return c.focus.columns["this"].sql


def _counted(c: Shape, test: str, *where: str) -> str:
    """The focus nodes with such a number of value nodes, one at least."""
    having = f" GROUP BY {c.this.sql} HAVING count(*) {test}" if test not in ("> 0", ">= 1") else ""
    return f"SELECT {c.this.sql}{c.values.source(*where)}{having}"


def _integer(parameter: Node) -> int:
    if not isinstance(parameter, Literal) or not isinstance(parameter.value, int):
        raise CannotCompile(f"the number {parameter}")
    return int(parameter)


# ---- 4.3 value range ------------------------------------------------------------------------------------------------


def _range(operator: str) -> Callable[[Shape, Node], Solutions]:
    """4.3 sh:minInclusive and the like: each value stands so to the parameter; what has no order does not."""

    def component(c: Shape, parameter: Node) -> Solutions:
        limit = terms.constant(_identifier(parameter), c.script.nodes)
        return c.unless(terms.ordered(c.value, operator, limit))

    return component


# ---- 4.4 strings ----------------------------------------------------------------------------------------------------


def _length(operator: str) -> Callable[[Shape, Node], Solutions]:
    """4.4.1, 4.4.2 sh:minLength, sh:maxLength: of the text of IRIs and literals; a blank node has none."""

    def component(c: Shape, parameter: Node) -> Solutions:
        return c.unless(f"length({terms.text(c.value)}) {operator} {_integer(parameter)}")

    return component


def _pattern(c: Shape, parameter: Node) -> Solutions:
    """4.4.3 sh:pattern with sh:flags."""
    flags = str(c.graph.value(c.shape, SH.flags) or "")
    return c.unless(matches(terms.text(c.value), str(parameter), flags))


def _language_in(c: Shape, parameter: Node) -> Solutions:
    """4.4.4 sh:languageIn: each value has one of the languages."""
    tag = terms.language(c.value)
    wanted = [terms.quoted(str(item).lower()) for item in c.graph.items(parameter)]
    found = " OR ".join(f"({tag} <> '' AND {language_matches(tag, one)})" for one in wanted) or "false"
    return c.unless(found)


def _unique_lang(c: Shape, parameter: Node) -> Solutions | None:
    """4.4.5 sh:uniqueLang: one result per language that several values have."""
    if parameter != Literal(True):
        return None
    tag = terms.language(c.value)
    tagged = replace(c.values, columns={"this": c.this, "tag": Expr(tag, Kind.STRING)}).filtered(f"{tag} <> ''")
    sql = f"{tagged.selected()}\nGROUP BY {c.this.sql}, {tag} HAVING count(*) > 1"
    return c.script.table(c.script.step("language_twice", sql), {"this": c.this.kind})


# ---- 4.5 property pairs ---------------------------------------------------------------------------------------------


def _others(c: Shape, parameter: Node) -> Solutions:
    """The values of the property that the parameter names."""
    return patterns.values(c.script, c.focus, URIRef(str(parameter)))


def _among(some: Solutions, others: Solutions) -> str:
    """The condition that a row of this and value is one of other rows too."""
    on = [terms.same(others.columns[name], some.columns[name]) for name in ("this", "value")]
    return f"EXISTS (SELECT 1{others.source(*on)})"


def _equals(c: Shape, parameter: Node) -> Solutions:
    """4.5.1 sh:equals: the sets of values are the same; each value of one alone is a result."""
    others = _others(c, parameter)
    values = c.script.made("values", c.values)
    ours, theirs = (a.filtered(f"NOT {_among(a, b)}") for a, b in ((values, others), (others, values)))
    return patterns.either(c.script, [ours, theirs])


def _disjoint(c: Shape, parameter: Node) -> Solutions:
    """4.5.2 sh:disjoint: no value is a value of the other property."""
    return c.where(_among(c.values, _others(c, parameter)))


def _less_than(operator: str) -> Callable[[Shape, Node], Solutions]:
    """4.5.3, 4.5.4 sh:lessThan, sh:lessThanOrEquals: a result for each pair that is not so, or has no order."""

    def component(c: Shape, parameter: Node) -> Solutions:
        others = _others(c, parameter)
        join = f"JOIN {others.tables[0]} ON {terms.same(others.columns['this'], c.this)}"
        less = terms.ordered(c.value, operator, others.columns["value"])
        pairs = replace(c.values, tables=(*c.values.tables, join))
        return pairs.filtered(f"NOT COALESCE({less}, false)")

    return component


# ---- 4.6 logic, 4.7 shapes ------------------------------------------------------------------------------------------


def _not(c: Shape, parameter: Node) -> Solutions:
    """4.6.1 sh:not: no value conforms to the shape."""
    return c.where(f"NOT ({c.fails(parameter)})")


def _and(c: Shape, parameter: Node) -> Solutions:
    """4.6.2 sh:and."""
    return c.where(_any(c.fails(shape) for shape in c.graph.items(parameter)))


def _or(c: Shape, parameter: Node) -> Solutions:
    """4.6.3 sh:or."""
    failing = [f"({c.fails(shape)})" for shape in c.graph.items(parameter)]
    return c.where(" AND ".join(failing) or "true")


def _xone(c: Shape, parameter: Node) -> Solutions:
    """4.6.4 sh:xone: exactly one shape of the list, each counted as often as it stands there."""
    conforming = [f"CASE WHEN {c.fails(shape)} THEN 0 ELSE 1 END" for shape in c.graph.items(parameter)]
    return c.where(f"{' + '.join(conforming) or '0'} <> 1")


def _node(c: Shape, parameter: Node) -> Solutions:
    """4.7.1 sh:node."""
    return c.where(c.fails(parameter))


def _any(tests: Iterator[str]) -> str:
    return " OR ".join(f"({test})" for test in tests) or "false"


def _qualified(predicate: URIRef) -> Callable[[Shape, Node], Solutions | None]:
    """4.7.3 sh:qualifiedValueShape with sh:qualifiedMinCount or sh:qualifiedMaxCount."""

    def component(c: Shape, parameter: Node) -> Solutions | None:
        shape = c.graph.value(c.shape, SH.qualifiedValueShape)
        if shape is None:
            return None
        tests = [f"NOT ({c.fails(shape)})"]
        if c.graph.value(c.shape, SH.qualifiedValueShapesDisjoint) == Literal(True):
            tests += [c.fails(sibling) for sibling in _siblings(c, shape)]
        where = [f"({test})" for test in tests]
        number = _integer(parameter)
        if predicate == SH.qualifiedMaxCount:
            return c.focus_where(f"{_this(c)} IN ({_counted(c, f'> {number}', *where)})")
        if number < 1:
            return None
        return c.focus_where(f"{_this(c)} NOT IN ({_counted(c, f'>= {number}', *where)})")

    return component


def _siblings(c: Shape, shape: Node) -> list[Node]:
    """The qualified value shapes of the other property shapes of the shapes that this one is a property of."""
    parents = c.graph.subjects(SH.property, c.shape)
    properties = {p for parent in parents for p in c.graph.objects(parent, SH.property)}
    found = {s for p in properties for s in c.graph.objects(p, SH.qualifiedValueShape)} - {shape}
    return sorted(found, key=str)


# ---- 4.8 other ------------------------------------------------------------------------------------------------------


def _closed(c: Shape, parameter: Node) -> Solutions | None:
    """4.8.1 sh:closed: no statements but with the predicates of the shape's properties and those it ignores."""
    if parameter != Literal(True):
        return None
    listed = c.graph.value(c.shape, SH.ignoredProperties)
    allowed = set(c.graph.items(listed)) if listed is not None else set()
    for inner in c.graph.objects(c.shape, SH.property):
        allowed |= {path for path in c.graph.objects(inner, SH.path) if isinstance(path, URIRef)}
    known = sorted(terms.constant(_identifier(p), c.script.nodes).sql for p in allowed)
    alias = c.script.alias()
    join = f"JOIN {c.script.statements()} {alias} ON {alias}.s = {terms.node(c.value)}"
    test = f"{alias}.p NOT IN ({', '.join(known)})" if known else "true"
    columns = {
        "this": c.this,
        "value": Expr(f"{alias}.term", Kind.TERM),
        "path": Expr(f"{alias}.p", Kind.NODE),
    }
    return replace(c.values, columns=columns, tables=(*c.values.tables, join)).filtered(test)


def _has_value(c: Shape, parameter: Node) -> Solutions:
    """4.8.2 sh:hasValue: one of the values is this one."""
    wanted = terms.constant(_identifier(parameter), c.script.nodes)
    having = f"SELECT {c.this.sql}{c.values.source(terms.same(c.value, wanted))}"
    return c.focus_where(f"{_this(c)} NOT IN ({having})")


def _in(c: Shape, parameter: Node) -> Solutions:
    """4.8.3 sh:in: each value is one of the list."""
    listed = [terms.constant(_identifier(item), c.script.nodes) for item in c.graph.items(parameter)]
    return c.unless(_any(terms.same(c.value, item) for item in listed))


# ---- 5 and 6: SPARQL ------------------------------------------------------------------------------------------------


def _sparql(c: Shape, parameter: Node) -> Solutions | None:
    """5 sh:sparql: each solution of the SELECT for a focus node is a result."""
    if c.graph.value(parameter, SH.deactivated) == Literal(True):
        return None
    text = c.graph.value(parameter, SH.select)
    return _selected(c, str(text), prefixes_of(c.graph, parameter), {})


def _selected(c: Shape, text: str, prefixes: Mapping[str, str], constants: Mapping[str, Identifier]) -> Solutions:
    """The solutions of a constraint's SELECT as results."""
    text = _with_path(c, text)
    query = patterns.parsed(text, tuple(sorted(prefixes.items())))
    if query.name != "SelectQuery":
        raise CannotCompile("a constraint that is no SELECT")
    found = patterns.select(c.script, query, c.focus, {"currentShape": c.shape, **constants})
    if "failure" in found.columns:
        raise CannotCompile("?failure")
    return replace(found, distinct=True)


def _with_path(c: Shape, text: str) -> str:
    if re.search(r"[$?]shapesGraph\b", text):
        raise CannotCompile("$shapesGraph")
    if c.path is None and _PATH.search(text):
        raise CannotCompile("$PATH in a node shape")
    return text if c.path is None else _PATH.sub(lambda _: in_sparql(c.path), text)  # type: ignore[arg-type]


def _custom(c: Shape) -> Iterator[tuple[str, Solutions]]:
    """6 constraint components that the shapes graph defines, where the shape has their parameters."""
    kinds = set(c.graph.transitive_subjects(RDFS.subClassOf, SH.ConstraintComponent))
    components = {s for kind in kinds for s in c.graph.subjects(RDF.type, kind)}
    for component in sorted(components, key=str):
        parameters = list(c.graph.objects(component, SH.parameter))
        paths = {p: c.graph.value(p, SH.path) for p in parameters}
        due = [paths[p] for p in parameters if c.graph.value(p, SH.optional) != Literal(True)]
        if not due or any((c.shape, path, None) not in c.graph for path in due):
            continue
        given = {_local(path): c.objects(path) for path in paths.values() if isinstance(path, URIRef)}
        many = [name for name, values in given.items() if len(values) > 1]
        if many and len(parameters) > 1:
            raise CannotCompile(f"several values of {many[0]}")
        for values in (
            [{name: v[0] for name, v in given.items() if v}] if not many else [{many[0]: v} for v in given[many[0]]]
        ):
            yield str(component), _validated(c, component, {n: _identifier(v) for n, v in values.items()})


def _validated(c: Shape, component: Node, constants: Mapping[str, Identifier]) -> Solutions:
    """The results of the validator that fits the sort of shape (6.2.3)."""
    own = c.graph.value(component, SH.nodeValidator if c.path is None else SH.propertyValidator)
    if own is not None:
        return _selected(c, str(c.graph.value(own, SH.select)), prefixes_of(c.graph, own), constants)
    validator = c.graph.value(component, SH.validator)
    text = c.graph.value(validator, SH.ask)
    if text is None:
        raise CannotCompile(f"{component} without a validator for this sort of shape")
    query = patterns.parsed(_with_path(c, str(text)), tuple(sorted(prefixes_of(c.graph, validator).items())))
    known = {"currentShape": c.shape, **constants}
    found = patterns.select(c.script, query, c.values, known)
    found = c.script.table(c.script.step("valid", found.selected()), found.kinds)
    return c.where(f"NOT {_among(c.values, found)}")


def prefixes_of(graph: Graph, node: Node | None) -> dict[str, str]:
    """The prefixes that a constraint or validator may use (5.2.1)."""
    found = dict(DEFAULT_PREFIXES)
    for holder in graph.objects(node, SH.prefixes):
        for ontology in graph.transitive_objects(holder, OWL.imports):
            for declared in graph.objects(ontology, SH.declare):
                found[str(graph.value(declared, SH.prefix))] = str(graph.value(declared, SH.namespace))
    return found


def _local(iri: Node) -> str:
    return re.split(r"[/#]", str(iri))[-1]


_COMPONENTS: Mapping[URIRef, tuple[str, Callable[[Shape, Node], Solutions | None]]] = {
    SH["class"]: ("ClassConstraintComponent", _class),
    SH.datatype: ("DatatypeConstraintComponent", _datatype),
    SH.nodeKind: ("NodeKindConstraintComponent", _node_kind),
    SH.minCount: ("MinCountConstraintComponent", _min_count),
    SH.maxCount: ("MaxCountConstraintComponent", _max_count),
    SH.minExclusive: ("MinExclusiveConstraintComponent", _range(">")),
    SH.minInclusive: ("MinInclusiveConstraintComponent", _range(">=")),
    SH.maxExclusive: ("MaxExclusiveConstraintComponent", _range("<")),
    SH.maxInclusive: ("MaxInclusiveConstraintComponent", _range("<=")),
    SH.minLength: ("MinLengthConstraintComponent", _length(">=")),
    SH.maxLength: ("MaxLengthConstraintComponent", _length("<=")),
    SH.pattern: ("PatternConstraintComponent", _pattern),
    SH.languageIn: ("LanguageInConstraintComponent", _language_in),
    SH.uniqueLang: ("UniqueLangConstraintComponent", _unique_lang),
    SH.equals: ("EqualsConstraintComponent", _equals),
    SH.disjoint: ("DisjointConstraintComponent", _disjoint),
    SH.lessThan: ("LessThanConstraintComponent", _less_than("<")),
    SH.lessThanOrEquals: ("LessThanOrEqualsConstraintComponent", _less_than("<=")),
    SH["not"]: ("NotConstraintComponent", _not),
    SH["and"]: ("AndConstraintComponent", _and),
    SH["or"]: ("OrConstraintComponent", _or),
    SH.xone: ("XoneConstraintComponent", _xone),
    SH.node: ("NodeConstraintComponent", _node),
    SH.qualifiedMinCount: ("QualifiedMinCountConstraintComponent", _qualified(SH.qualifiedMinCount)),
    SH.qualifiedMaxCount: ("QualifiedMaxCountConstraintComponent", _qualified(SH.qualifiedMaxCount)),
    SH.closed: ("ClosedConstraintComponent", _closed),
    SH.hasValue: ("HasValueConstraintComponent", _has_value),
    SH["in"]: ("InConstraintComponent", _in),
    SH.sparql: ("SPARQLConstraintComponent", _sparql),
}
