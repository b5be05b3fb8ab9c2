"""Lifts the plan under review and its references, one package after the other, into one set of facts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

import pyarrow as pa
from rdflib import URIRef

from checker.errors import CannotFinish, Text
from checker.facts import Builder, Facts
from checker.lift import drawings, figures, passages
from checker.lift.graphs import plan_in
from checker.lift.tables import PackageLift
from checker.model import Note, Package, Place, PlanSummary, SourceGraph, SourceTable
from checker.vocabulary import PLAN, SUB, TYPE, Class, TableKind, Vocabulary

PLANS = "urn:plancheck:plan:"
_IDENTITY = {str(PLAN.identifier), TYPE}


@dataclass(frozen=True)
class References:
    """The plans to compare with, lifted: facts that the plan under review is lifted onto, by as many checks as there are.

    ``plans``: of each its kind, a summary, and remarks.
    """

    facts: Facts
    plans: tuple[tuple[Class, PlanSummary, tuple[Note, ...]], ...]


def lift(
    reviewed: Package, references: Mapping[str, Package], vocabulary: Vocabulary, *, is_shown: bool = False
) -> tuple[Facts, tuple[PlanSummary, ...], tuple[Note, ...]]:
    """The facts of a plan set, a summary of each plan (the one under review first), and remarks.

    Arguments and errors: as of ``lift_references`` and ``lift_reviewed``.
    """
    return lift_reviewed(reviewed, lift_references(references, vocabulary), vocabulary, is_shown=is_shown)


def lift_references(packages: Mapping[str, Package], vocabulary: Vocabulary) -> References:
    """The plans to compare with. ``packages``: plan kind by notation ("near-term", "territorial" …) -> its package.

    Raises CannotFinish where a package is not of the kind it was given as.
    """
    builder = Builder.with_codes(vocabulary)
    plans = []
    for role, package in packages.items():
        kind = _kind(role, vocabulary)
        summary, node, remarks = _plan(package, kind, builder, vocabulary, must_say=True)
        builder.references[kind.iri] = node
        builder.type(str(SUB.ReferencePlan), [node])
        plans.append((kind, summary, tuple(_of_reference(remark, summary) for remark in remarks)))
    return References(builder.facts(), tuple(plans))


def lift_reviewed(
    package: Package, references: References, vocabulary: Vocabulary, *, is_shown: bool = False
) -> tuple[Facts, tuple[PlanSummary, ...], tuple[Note, ...]]:
    """The facts of a plan and of those that it is compared with, a summary of each (its own first), and remarks.

    ``is_shown``: it is only to be shown what was read, so that a plan that does not say what plan it is gets a remark.
    Raises CannotFinish where it does not say so otherwise. The references stay as they are.
    """
    builder = Builder.resume(vocabulary, references.facts)
    own, node, notes = _plan(package, None, builder, vocabulary, must_say=not is_shown)
    builder.reviewed = node
    builder.type(str(SUB.PlanUnderReview), [node])
    for kind, summary, remarks in references.plans:
        differing = _differing_citation(package, kind, summary, vocabulary)
        notes += [*remarks, *(replace(remark, is_unmatched=False) for remark in differing)]
    notes += figures.lift(builder, package.documents, vocabulary)
    notes += drawings.lift(builder, package.files, vocabulary)
    summaries = (own, *(summary for _, summary, _ in references.plans))
    return builder.facts(), summaries, (*notes, *_several_crs(summaries))


def lift_together(packages: Sequence[Package], vocabulary: Vocabulary) -> tuple[Facts, tuple[PlanSummary, ...]]:
    """Plans that have to be coordinated with each other, none of them under review yet, and a summary of each.

    Raises CannotFinish where a package does not say what plan it is, or says that it is one that is there already.
    """
    builder = Builder.with_codes(vocabulary)
    summaries = []
    for package in packages:
        summary, node, _ = _plan(package, None, builder, vocabulary, must_say=True)
        builder.beside.append(node)
        summaries.append(replace(summary, role=f"coordinated:{summary.identifier}"))
    return builder.facts(), tuple(summaries)


def seen_from(plan: str, facts: Facts, vocabulary: Vocabulary) -> Facts:
    """The facts of ``lift_together`` with one plan (IRI) under review, coordinated with all others."""
    builder = Builder.resume(vocabulary, facts)
    builder.reviewed = builder.node(plan)
    builder.beside.remove(builder.reviewed)
    builder.type(str(SUB.PlanUnderReview), [builder.reviewed])
    builder.type(str(SUB.CoordinatedPlan), builder.beside)
    builder.link(str(SUB.coordinatedWith), [builder.reviewed] * len(builder.beside), builder.beside)
    return builder.facts()


def only(package: Package, classes: Collection[str], vocabulary: Vocabulary) -> Package:
    """A package with no other tables than those of some classes, and of what it says of itself; without its texts."""
    near = {
        c
        for cls in classes
        if cls in vocabulary.classes
        for c in vocabulary.superclasses(cls) | vocabulary.subclasses(cls)
    }
    kinds = {kind.iri: kind for kind in vocabulary.tables}

    def is_read(table: SourceTable) -> bool:
        kind = kinds.get(table.kind or "") or vocabulary.table(table.part)
        return table.is_form or kind is None or kind.is_form or kind.rows_are in near

    return replace(package, tables=tuple(t for t in package.tables if is_read(t)), documents=())


def _of_reference(remark: Note, plan: PlanSummary) -> Note:
    """A remark on a plan that is seen, not judged: who hands in a plan cannot mend another."""
    return replace(remark, plan=plan.title, is_unmatched=False)


def _kind(role: str, vocabulary: Vocabulary) -> Class:
    kind = vocabulary.plan_kind(role)
    assert kind is not None, f"{role} is an option of ours, so the ontology has it"
    return kind


def _plan(
    package: Package, expected: Class | None, builder: Builder, vocabulary: Vocabulary, *, must_say: bool
) -> tuple[PlanSummary, int, list[Note]]:
    form_kind = next(table for table in vocabulary.tables if table.is_form)
    given = plan_in(package.graphs, vocabulary)
    tables = (*package.tables, *_described(package.graphs, given, form_kind, vocabulary))
    forms = [table for table in tables if table.is_form]
    unsaid: list[Note] = []
    try:
        identifier, title, kind = _identity(package, forms, form_kind, expected, vocabulary)
    except CannotFinish as failure:
        if must_say:
            raise
        identifier = title = _own_name(package)
        kind = vocabulary.classes[str(PLAN.Plan)]
        unsaid.append(_unsaid(package, failure))
    if expected is not None and kind.iri != expected.iri:
        raise CannotFinish(
            Text(
                f"作为“{expected.label.zh}”提交的成果包是“{kind.label.zh}”。",
                f"The package given as the {expected.label.en} is a {kind.label.en}.",
            ),
            str(package.path),
            Text(
                "请核对 --near-term、--territorial、--smart-city、--detailed 后的路径。",
                "Check the paths behind --near-term, --territorial, --smart-city and --detailed.",
            ),
        )
    iri = PLANS + quote(identifier, safe="")
    node = builder.node(iri)
    if node in (builder.reviewed, *builder.references.values(), *builder.beside):
        given_as = next((kind for kind, other in builder.references.items() if other == node), None)
        label = vocabulary.label(given_as) if given_as is not None else None
        zh, en = (f"（{label.zh}）", f" (the {label.en})") if label is not None else ("", "")
        raise CannotFinish(
            Text(
                f"规划编号“{identifier}”与另一部提交的规划{zh}相同，无法区分两部规划。",
                f"Another plan that was given{en} has the identifier '{identifier}' too; the two cannot be told apart.",
            ),
            str(package.path),
            Text(
                "请核对各规划的规划编号；没有规划信息的数据库以文件名为编号，请改名。",
                "Check the plans' identifiers; a database without plan information is named after its file, so rename it.",
            ),
        )
    builder.type(kind.iri, [node])
    tables, remarks = _in_stated_crs(tables, _stated(forms, form_kind, str(PLAN.crs), vocabulary))
    work = PackageLift(builder, vocabulary, node, iri)
    work.lift(tables, form_kind, package.graphs, given)
    for name in package.missing_files:
        builder.value(str(SUB.missingFile), [node], pa.array([name]))
    treatments = passages.lift(package.documents, kind.iri, node, iri, builder)
    role = kind.notation or kind.iri if expected is not None else "under-review"
    summary = PlanSummary(
        role, iri, identifier, title, kind.label, package.files, tuple(work.readings), package.documents, treatments
    )
    return summary, node, [*unsaid, *package.notes, *remarks, *work.notes]


def _stated(forms: Sequence[SourceTable], form_kind: TableKind, prop: str, vocabulary: Vocabulary) -> str | None:
    """What the plan information says of the plan with a property, as it stands there."""
    for form in forms:
        for heading, column in zip(form.columns.column_names, form.columns.columns, strict=True):
            match = vocabulary.column(form_kind, heading)
            if match is not None and match[0].property == prop and (text := str(column[0].as_py() or "").strip()):
                return text
    return None


def _in_stated_crs(tables: Sequence[SourceTable], crs: str | None) -> tuple[tuple[SourceTable, ...], list[Note]]:
    """Layers of formats that cannot name a CRS in the one that the plan states, and a remark on each of their files."""
    without = {table.file for table in tables if table.is_layer and table.crs is None and not table.names_crs}
    if crs is None:
        text = Text(
            "这种格式不能写明坐标系，规划信息也没有写明，其图层的坐标系不明。",
            "This format cannot name a CRS and the plan information names none: that of its layers is not known.",
        )
    else:
        text = Text(
            f"这种格式不能写明坐标系，按规划信息所写的“{crs}”读取。",
            f"This format cannot name a CRS; that of the plan information, '{crs}', was taken.",
        )
    placed = tuple(replace(table, crs=crs) if table.file in without else table for table in tables)
    return placed, [Note(text, Place(file)) for file in sorted(without)]


def _several_crs(summaries: Sequence[PlanSummary]) -> list[Note]:
    """A remark where the layers that are compared are in several CRS: geometry is moved between them."""
    layers = [r for summary in summaries for r in summary.readings if r.kind is not None and r.crs is not None]
    first = {_named_crs(reading.crs or ""): reading.place for reading in reversed(layers)}
    if len(first) < 2:
        return []
    names = sorted(first)
    text = Text(
        f"各图层采用 {len(names)} 种坐标系（{'、'.join(names)}）。叠加时先换算到同一坐标系；没有精确换算方法的不叠加，相关规则不作判断。",
        f"The layers are in {len(names)} CRS ({', '.join(names)}). They are transformed to one before they are compared; "
        "where no exact transformation is known they are not, and the rules stay undecided.",
    )
    return [Note(text, first[_named_crs(layers[-1].crs or "")])]


def _named_crs(crs: str) -> str:
    """What a CRS is called: its code, or the name in its definition (WKT)."""
    return crs.split('"')[1] if crs.count('"') > 1 else crs


def _described(
    graphs: Sequence[SourceGraph], plan: URIRef | None, form_kind: TableKind, vocabulary: Vocabulary
) -> list[SourceTable]:
    """What RDF files say of the plan itself, as forms: it is read and checked as any form is."""
    forms = []
    for source in graphs if plan is not None else ():
        pairs = {}
        for column in form_kind.columns:
            if column.end_property is not None:
                continue  # RDF says the two ends of a period apart
            said = sorted(source.graph.objects(plan, URIRef(column.property)), key=str)
            if column.property == TYPE:
                kinds = [c for c in said if str(c) in vocabulary.classes]
                said = [c for c in kinds if vocabulary.classes[str(c)].notation] or kinds
            labels = [vocabulary.label(str(o)) if isinstance(o, URIRef) else None for o in said]
            said = [source.graph.value(o, SUB.citedAs) or o for o in said]
            texts = [label.zh if label else str(o) for label, o in zip(labels, said, strict=True)]
            if texts:
                pairs[column.label.zh] = pa.array(["；".join(texts)])
        if pairs:
            rows = pa.nulls(1, pa.int32())
            forms.append(SourceTable(source.file, form_kind.label.zh, pa.table(pairs), rows, is_form=True))
    return forms


def _identity(
    package: Package, forms: list[SourceTable], form_kind: TableKind, expected: Class | None, vocabulary: Vocabulary
) -> tuple[str, str, Class]:
    """Identifier, title and kind of the plan that a package is; a reference that does not say is named after its file."""
    if not forms:
        if expected is not None:
            return _own_name(package), _own_name(package), expected
        raise _without_form(package, form_kind)
    found: dict[str, str] = {}
    for form in forms:
        for heading, column in zip(form.columns.column_names, form.columns.columns, strict=True):
            match = vocabulary.column(form_kind, heading)
            text = column[0].as_py()
            if match is None or not text:
                continue
            first = found.setdefault(match[0].property, text)
            if match[0].property in _IDENTITY and not _agree(first, text, vocabulary):
                raise _contradiction(package, form.file, match[0].label, first, text)
    identifier = found.get(str(PLAN.identifier))
    kind_name = found.get(TYPE)
    where = f"{package.path} / {forms[0].file}"
    if not identifier:
        raise CannotFinish(
            Text("规划信息缺少“规划编号”。", "The plan information lacks 规划编号 (identifier)."),
            where,
            Text(
                "请填写规划编号，同一规划各次提交保持不变。",
                "Fill in an identifier that stays the same from one submission to the next.",
            ),
        )
    kind = vocabulary.plan_kind(kind_name or "")
    if kind is None:
        below = [vocabulary.classes[c] for c in sorted(vocabulary.subclasses(str(PLAN.Plan)))]
        kinds = [cls for cls in below if cls.notation]
        raise CannotFinish(
            Text(f"规划类型“{kind_name or ''}”无法识别。", f"The kind of plan '{kind_name or ''}' is not known."),
            where,
            Text(
                "请填写：" + "、".join(k.label.zh for k in kinds) + "。",
                "Use one of: " + ", ".join(k.label.en for k in kinds) + ".",
            ),
        )
    return identifier, found.get(str(PLAN.title), identifier), kind


def _own_name(package: Package) -> str:
    return package.path.resolve().stem


def _without_form(package: Package, form_kind: TableKind) -> CannotFinish:
    columns = sorted(form_kind.columns, key=lambda column: not column.is_key)
    form, asked = form_kind.label, [column.label for column in columns if column.is_required]
    zh, en = "、".join(label.zh for label in asked), ", ".join(label.en for label in asked)
    return CannotFinish(
        Text(
            f"成果包没有说明自己是什么规划：缺少 plan.xml，也没有“{form.zh}”工作表。",
            f"The package does not say what plan it is: no plan.xml and no sheet '{form.en}' ({form.zh}).",
        ),
        str(package.path),
        Text(
            f"请在 Excel 中加一张“{form.zh}”表，第一列写名称，第二列写内容：{zh}。"
            "读到了哪些文件，可用 plancheck inspect 查看。",
            f"Add a sheet '{form.en}' to a workbook, names in the first column, values in the second: {en}. "
            "Which files were read is shown by plancheck inspect.",
        ),
    )


def _unsaid(package: Package, failure: CannotFinish) -> Note:
    """The remark that what is shown here would not be checked."""
    text = Text(
        f"{failure.problem.zh}因此还不能核查。{failure.remedy.zh}",
        f"{failure.problem.en} So it cannot be checked yet. {failure.remedy.en}",
    )
    return Note(text, Place(package.path.name))


def _agree(first: str, second: str, vocabulary: Vocabulary) -> bool:
    """Whether two identifiers are the same, or two names mean the same kind of plan."""
    kind = vocabulary.plan_kind(first)
    return first == second or (kind is not None and kind == vocabulary.plan_kind(second))


def _contradiction(package: Package, file: str, label: Text, first: str, second: str) -> CannotFinish:
    return CannotFinish(
        Text(
            f"“{label.zh}”前后矛盾：“{first}”与“{second}”。",
            f"Two different values of '{label.en}' are given: '{first}' and '{second}'.",
        ),
        f"{package.path} / {file}",
        Text(
            "plan.xml 与“规划信息”只留一处，或改为一致。", "Keep only one of plan.xml and 规划信息, or make them agree."
        ),
    )


def _differing_citation(reviewed: Package, expected: Class, given: PlanSummary, vocabulary: Vocabulary) -> list[Note]:
    """A remark where the plan cites another plan of this kind than the one that was given to compare with."""
    relation = vocabulary.relation_of_kind(expected.iri)
    cited = [c.identifier for c in reviewed.citations if relation is not None and relation.endswith("#" + c.relation)]
    if not cited or given.identifier in cited:
        return []
    text = Text(
        f"送审规划引用的{expected.label.zh}是“{'、'.join(cited)}”，本次核查所用的是“{given.identifier}”。",
        f"The plan cites {', '.join(cited)} as its {expected.label.en}; this check used {given.identifier}.",
    )
    return [Note(text, Place("plan.xml"))]
