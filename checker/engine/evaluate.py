"""What is checked, and what is not and why: the same for every shape engine.

For each rule, in this order: does it apply to this kind of plan; does the package give what it reads; are its needs
met by the plan set and by each node; can the cells it reads be read, and has a person confirmed the rows; only then
which of the remaining nodes fail.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Protocol, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from checker.errors import Text
from checker.facts import Store, TooManyRows
from checker.model import OpenPoint, Rule, RuleResult, Value, Violation
from checker.rulebook import Rulebook, Targets
from checker.vocabulary import PLAN, SUB

MOST_SECONDS = 300.0  # for one rule; a pack comes from outside, and a rule of it may join all with all
_HUBS = {str(SUB.inPlan), str(SUB.inTable), str(SUB.supplies)}
_OF_ANYTHING = {str(SUB.inPlan), str(SUB.supplies)}  # what a rule says with these it says of no kind of thing
_NOT_CONFIRMED = {
    "zh": "这一行待确认，确认后才作判断",
    "en": "this row is not confirmed; it is judged once it is",
}
_ON_UNCONFIRMED = {
    "zh": "要读取的内容待确认（{?count} 项，如{?other}），确认后才作判断",
    "en": "what it reads is not confirmed ({?count}, such as {?other}); it is judged once it is",
}
_Said = TypeVar("_Said")
_TO_FEATURES = {str(SUB.overlapOf), str(SUB.coverageOf)}  # two sites in one zone do not concern each other


class TooLarge(Exception):  # noqa: N818 - the rule is undecided, nothing broke
    """A shape that an engine will not evaluate on so many nodes; ``text`` says why."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


class ShapeEngine(Protocol):
    """Says which nodes fail a shape."""

    name: str

    def validate(self, rule: Rule, shape: str, nodes: pa.Array) -> list[Violation]:
        """The results of one of a rule's shapes on exactly these nodes (int64), with the values of its details."""

    def judged(self, rule: Rule) -> str:
        """The name of the engine that judges a rule: this one, or one that stands in for it."""


class Evaluation:
    """Evaluates the rules of a rulebook over one plan set."""

    def __init__(self, rulebook: Rulebook, store: Store, engine: ShapeEngine) -> None:
        self.rulebook = rulebook
        self.store = store
        self.engine = engine
        self._unparsed = self._cells()
        self._unconfirmed = self._not_confirmed()
        self._targeted: dict[Targets, pa.Array] = {}
        self._supplied: dict[str, bool] = {}
        self._kinds = self._kinds_of_plan()

    def rule(self, rule: Rule) -> RuleResult:
        """The result of one rule. What breaks in a rule's own evaluation is that rule's error, nobody else's."""
        try:
            with self.store.limited(MOST_SECONDS):
                return self._rule(rule)
        except TooLarge as refused:
            return RuleResult(rule, undecided=(OpenPoint(None, {"zh": refused.text.zh, "en": refused.text.en}),))
        except TimeoutError:
            zh = f"判断超过 {MOST_SECONDS:g} 秒，已中止（{rule.source}）"
            en = f"its evaluation was stopped after {MOST_SECONDS:g} s ({rule.source})"
            return RuleResult(rule, error=Text(zh, en))
        except TooManyRows as many:
            zh, en = f"结果多于 {many} 个，已中止（{rule.source}）", f"it has more than {many} results ({rule.source})"
            return RuleResult(rule, error=Text(zh, en))
        except Exception as error:  # a broken rule must not take the others with it
            said = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
            return RuleResult(rule, error=Text(said, said))

    def _rule(self, rule: Rule) -> RuleResult:
        if not self._applies(rule):
            return RuleResult(rule)
        missing = self.missing(rule)
        if missing:
            return RuleResult(rule, missing=missing)
        undecided: dict[str, OpenPoint] = {}
        plan = self.store.facts.iri(self.store.facts.reviewed)
        for need in sorted(rule.needs, key=lambda need: not self._is_about_plan(rule, need)):
            for failed in self._failing(rule, need):
                if failed.focus == plan:
                    return RuleResult(rule, undecided=(OpenPoint(None, failed.messages, _values(failed)),))
                undecided.setdefault(failed.focus, OpenPoint(failed.focus, failed.messages, _values(failed)))
        focus = self._nodes(self.rulebook.targets(rule, rule.iri))
        undecided |= self._unreadable(rule, focus)  # the cell at fault says more than the need that misses its value
        undecided |= self._unsure(rule, focus)
        checked = self._without(focus, undecided)
        # A node that two focus nodes lead to has its results twice (SHACL 4.7.2); people want to read them once.
        violations = list({_order(v): v for v in self.engine.validate(rule, rule.iri, checked)}.values())
        conforming = self._without(checked, {v.focus for v in violations}) if rule.asks else checked
        asked = [v for ask in rule.asks for v in self.engine.validate(rule, ask, conforming)]
        return RuleResult(
            rule,
            checked,
            tuple(sorted(violations, key=_order)),
            tuple(undecided[node] for node in sorted(undecided)),
            tuple(OpenPoint(v.focus, v.messages, _values(v), shape=v.shape) for v in sorted(asked, key=_order)),
            engine=self.engine.judged(rule),
        )

    def _is_about_plan(self, rule: Rule, need: str) -> bool:
        """Whether a need asks something of the plan alone: where that fails, the others need not be asked of all nodes."""
        nodes = self._nodes(self.rulebook.targets(rule, need))
        return len(nodes) == 1 and nodes[0].as_py() == self.store.facts.reviewed

    def _without(self, nodes: pa.Array, iris: Collection[str]) -> pa.Array:
        """Nodes without those of some IRIs."""
        if not iris:
            return nodes
        out = pa.array(self.store.find(iris).values(), pa.int64())
        return nodes.filter(pc.invert(pc.is_in(nodes, out)))

    def missing(self, rule: Rule) -> tuple[str, ...]:
        """The classes and properties that a rule reads and the package does not give; none for one that does not apply."""
        return tuple(term for term in rule.reads if not self._is_supplied(term)) if self._applies(rule) else ()

    # ---- does the rule apply ----------------------------------------------------------------------------------------

    def _applies(self, rule: Rule) -> bool:
        """Whether a rule judges this kind of plan, and its clause holds where the plan lies (code of GB/T 2260)."""
        here = str(self.store.facts.of_plan(str(PLAN.administrativeCode)) or "")
        at_home = not rule.clause.jurisdiction or here.startswith(rule.clause.jurisdiction)
        return at_home and (not rule.applies_to or bool(rule.applies_to & self._kinds))

    def _kinds_of_plan(self) -> set[str]:
        """The kinds of plan that rules apply to and the plan under review is of, also by definition (a city-scale plan)."""
        named = sorted({kind for rule in self.rulebook.rules for kind in rule.applies_to})
        possible = [kind for kind in named if not self.store.says_nothing(kind)]
        members = self.store.memberships(possible)
        of_plan = members.filter(pc.equal(members.column("s"), self.store.facts.reviewed))
        return {possible[k] for k in of_plan.column("k").to_pylist()}

    def _is_supplied(self, term: str) -> bool:
        """Whether the package gives a table of this class or a column of this property, or says anything with it.

        What is only mentioned in a cell is no table of its kind.
        """
        if term not in self._supplied:
            self._supplied[term] = self._is_given(term) or self._is_said(term)
        return self._supplied[term]

    def _is_given(self, term: str) -> bool:
        vocabulary = self.store.vocabulary
        return not self._given.isdisjoint(vocabulary.subclasses(term) | vocabulary.superclasses(term))

    @cached_property
    def _given(self) -> frozenset[str]:
        """What the tables of the plan under review are of and have columns for, as classes and properties.

        With a plan to compare with, how one cites it is given too.
        """
        store = self.store
        nodes = store.column(f"SELECT o FROM {store.prop(str(SUB.supplies))} WHERE s = {store.facts.reviewed}")
        relations = (store.vocabulary.relation_of_kind(kind) for kind in store.facts.references)
        return frozenset((*map(store.facts.iri, nodes), *filter(None, relations)))

    def _is_said(self, term: str) -> bool:
        store = self.store
        if store.says_nothing(term):
            return False
        relation = store.cls(term) if term in store.vocabulary.classes else store.prop(term)
        described = f"{store.is_reviewed('s')} AND s NOT IN (SELECT s FROM {store.cls(str(SUB.Mentioned))})"
        return bool(store.column(f"SELECT s FROM {relation} WHERE {described} LIMIT 1"))

    # ---- which nodes ------------------------------------------------------------------------------------------------

    def _nodes(self, targets: Targets) -> pa.Array:
        """A shape's targets among the individuals of the plan under review, in order."""
        if targets not in self._targeted:
            store = self.store
            parts = [f"SELECT s FROM {store.cls(c)}" for c in targets.classes]
            parts += [f"SELECT s FROM {store.prop(p)}" for p in targets.subjects_of]
            parts += [f"SELECT o AS s FROM {store.prop(p)} WHERE o IS NOT NULL" for p in targets.objects_of]
            parts += [f"SELECT {store.facts.named.get(n, -1)}::BIGINT AS s" for n in targets.nodes]
            union = " UNION ALL ".join(parts) or "SELECT 0::BIGINT AS s WHERE false"
            sql = f"SELECT DISTINCT s FROM ({union}) WHERE {store.is_reviewed('s')} ORDER BY s"
            self._targeted[targets] = store.query(sql).column("s").combine_chunks()
        return self._targeted[targets]

    def _failing(self, rule: Rule, shape: str) -> list[Violation]:
        """The nodes that fail a need; one result a node, the first in order."""
        found: dict[str, Violation] = {}
        results = self.engine.validate(rule, shape, self._nodes(self.rulebook.targets(rule, shape)))
        for violation in sorted(results, key=_order):
            found.setdefault(violation.focus, violation)
        return list(found.values())

    # ---- cells that could not be read -------------------------------------------------------------------------------

    def _cells(self) -> list[tuple[int, str, Mapping[str, str]]]:
        """(subject, property, messages) of every unparsed cell of the plan set."""
        store = self.store
        p = {
            n: store.prop(str(SUB[n])) for n in ("subject", "property", "text", "reason", "reasonInEnglish", "heading")
        }
        answer = store.query(
            f"SELECT u.s AS cell, s.o AS subject, p.o AS property, t.v AS text, r.v AS zh, e.v AS en, h.v AS heading "
            f"FROM {store.cls(str(SUB.Unparsed))} u JOIN {p['subject']} s ON s.s = u.s JOIN {p['property']} p ON p.s = u.s "
            f"LEFT JOIN {p['text']} t ON t.s = u.s LEFT JOIN {p['reason']} r ON r.s = u.s "
            f"LEFT JOIN {p['reasonInEnglish']} e ON e.s = u.s LEFT JOIN {p['heading']} h ON h.s = u.s ORDER BY u.s"
        )
        found: list[tuple[int, str, Mapping[str, str]]] = []
        for row in answer.to_pylist():
            prop = store.facts.iri(row["property"])
            label = store.vocabulary.label(prop) or Text(prop, prop)
            zh = f"“{row['heading'] or label.zh}”的取值“{row['text']}”无法识别：{row['zh'] or '不是该列的取值'}"
            en = f"the value '{row['text']}' of '{row['heading'] or label.en}' cannot be read: {row['en'] or 'no value of it'}"
            found.append((row["subject"], prop, {"zh": zh, "en": en}))
        return found

    def _unreadable(self, rule: Rule, focus: pa.Array) -> dict[str, OpenPoint]:
        """The focus nodes whose judgement would read a cell that could not be read.

        A cell of a focus node concerns that node. A cell of another individual concerns the focus nodes from which the
        rule's own properties lead to it; a rule about the plan as a whole is concerned by any.
        """
        vocabulary = self.store.vocabulary
        read = self._reads(rule) if self._unparsed else frozenset[str]()
        cells = [c for c in self._unparsed if vocabulary.superproperties(c[1]) & read]
        if not cells or not len(focus):
            return {}
        wanted = set(focus.to_pylist())
        found: dict[int, Mapping[str, str]] = {}
        elsewhere: dict[int, Mapping[str, str]] = {}
        if wanted == {self.store.facts.reviewed}:
            found[self.store.facts.reviewed] = cells[0][2]
        else:
            for subject, _, messages in cells:
                (found if subject in wanted else elsewhere).setdefault(subject, messages)
            for node, messages in self._reached(rule, elsewhere, wanted).items():
                found.setdefault(node, messages)
        return {iri: OpenPoint(iri, found[node]) for node in found for iri in [self.store.facts.iri(node)]}

    # ---- rows that nobody has confirmed -----------------------------------------------------------------------------

    def _not_confirmed(self) -> frozenset[int]:
        """The individuals of the plan set of which it is said, or not readably said, that they are not confirmed."""
        store = self.store
        state, confirmed = str(SUB.confirmationState), store.node(str(SUB.confirmed))
        said = store.column(f"SELECT s FROM {store.prop(state)} WHERE o IS DISTINCT FROM {confirmed}")
        return frozenset(said) | {subject for subject, prop, _ in self._unparsed if prop == state}

    def _unsure(self, rule: Rule, focus: pa.Array) -> dict[str, OpenPoint]:
        """The nodes that a rule judges, or would if they were other than they say, and whose judgement would read an
        individual that is not confirmed.

        An individual concerns itself, the nodes that the rule's own properties join it to, and, in a rule about the plan
        as a whole, the plan, if the rule reads anything that is said of it.
        """
        if not self._unconfirmed:
            return {}
        facts = self.store.facts
        judged = set(focus.to_pylist())
        wanted = judged | self._possible(rule)
        at_fault = {node: node for node in wanted & self._unconfirmed}
        sources = {node: node for node in sorted(self._unconfirmed)}
        for node, source in (*self._tables_of(rule, judged), *self._reached(rule, sources, wanted).items()):
            at_fault.setdefault(node, source)
        read = self._read_by(rule) if facts.reviewed in judged else set()
        if read:
            at_fault[facts.reviewed] = min(read)
        return {
            facts.iri(node): OpenPoint(
                facts.iri(node),
                _NOT_CONFIRMED if node == source else _ON_UNCONFIRMED,
                {"other": facts.iri(source), "count": len(read) if node == facts.reviewed else 1},
                facts.iri(source),
            )
            for node, source in at_fault.items()
        }

    def _possible(self, rule: Rule) -> set[int]:
        """The individuals among which a rule finds its targets, and what its needs look at; not the plan itself."""
        shapes = (rule.iri, *rule.needs)
        targeted = {cls for shape in shapes for cls in self.rulebook.targets(rule, shape).classes}
        kinds = sorted({kind for cls in targeted for kind in self.store.vocabulary.stated_kinds(cls)})
        return set(self._nodes(Targets(tuple(kinds), (), (), ())).to_pylist()) - {self.store.facts.reviewed}

    def _tables_of(self, rule: Rule, judged: set[int]) -> list[tuple[int, int]]:
        """The judged tables that hold rows which are not confirmed, each with such a row, for a rule that reads rows."""
        if str(SUB.inTable) not in rule.mentions:
            return []
        rows = f"SELECT s, o FROM {self.store.prop(str(SUB.inTable))} WHERE s IN {self._listed}"
        return [(pair["o"], pair["s"]) for pair in self.store.query(rows).to_pylist() if pair["o"] in judged]

    def _read_by(self, rule: Rule) -> set[int]:
        """The individuals that are not confirmed and of which a rule's own classes and properties say something."""
        store, found = self.store, set[int]()
        for iri in sorted(rule.mentions - _OF_ANYTHING):
            if iri in store.vocabulary.classes:
                found.update(store.column(f"SELECT s FROM {store.cls(iri)} WHERE s IN {self._listed}"))
            elif iri in store.vocabulary.properties:
                for end in ("s", "o"):
                    found.update(store.column(f"SELECT {end} FROM {store.prop(iri)} WHERE {end} IN {self._listed}"))
        return found

    @property
    def _listed(self) -> str:
        """The individuals that are not confirmed, as a list in SQL."""
        return f"({', '.join(map(str, sorted(self._unconfirmed)))})"

    # ---- what leads to them -----------------------------------------------------------------------------------------

    def _reached(self, rule: Rule, sources: Mapping[int, _Said], wanted: set[int]) -> dict[int, _Said]:
        """The wanted nodes that lead to a source, with what is said of the source; no path goes through a wanted node or a plan."""
        edges = self._edges(rule) if sources else {}
        facts = self.store.facts
        seen = {facts.reviewed, *facts.references.values(), *sources}
        todo = list(sources.items())
        found: dict[int, _Said] = {}
        while todo:
            node, said = todo.pop()
            for after in sorted(edges.get(node, set()) - seen):
                if after in wanted:
                    found.setdefault(after, said)
                elif node not in wanted:  # else the node itself stands for what lies behind it
                    seen.add(after)
                    todo.append((after, said))
        return found

    def _reads(self, rule: Rule) -> frozenset[str]:
        """What a rule mentions, and the properties by which its classes are known."""
        return rule.mentions | self.store.vocabulary.defining(rule.mentions)

    def _edges(self, rule: Rule) -> dict[int, set[int]]:
        """Neighbours by the object properties that a rule mentions or that define its classes, in both directions
        but for those that lead to features."""
        edges: dict[int, set[int]] = defaultdict(set)
        for iri in sorted(self._reads(rule)):
            prop = self.store.vocabulary.properties.get(iri)
            if prop is None or prop.datatype is not None or iri in _HUBS:
                continue
            code = prop.range is not None and self.store.vocabulary.is_code_class(prop.range)
            if code:
                continue
            answer = self.store.query(f"SELECT s, o FROM {self.store.prop(iri)}")
            for s, o in zip(answer.column("s").to_pylist(), answer.column("o").to_pylist(), strict=True):
                edges[s].add(o)
                if iri not in _TO_FEATURES:
                    edges[o].add(s)
        return edges


def _order(v: Violation) -> tuple[str, str, str, str, str]:
    return (v.focus, v.path or "", v.value or "", v.shape, v.component)


def _values(v: Violation) -> Mapping[str, Value]:
    """What the message of an open point can name: the details, and the value of the result itself."""
    return v.details if v.value is None else {"value": v.value, **v.details}
