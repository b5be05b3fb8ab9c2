"""The words that all stages speak: frozen dataclasses, no behaviour beyond what their own fields say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

import pyarrow as pa
from rdflib import Graph

from checker.errors import Text

# ---- what is read ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """Where something stands: a file, a sheet or layer in it, and a row (sheet), feature (layer) or paragraph (text)."""

    file: str
    part: str | None = None
    row: int | None = None
    column: str | None = None
    is_layer: bool = False
    is_text: bool = False


@dataclass(frozen=True)
class SourceFile:
    """A file of a package with the hash of its bytes."""

    name: str
    sha256: str


@dataclass(frozen=True)
class SumRow:
    """A row of sums of a sheet: what it calls itself, its number, and its texts by heading.

    ``first``, ``end``: it sums the records from ``first`` to before ``end`` of its table; both are 0 where the order of
    rows does not tell which.
    """

    name: str
    row: int
    texts: Mapping[str, str]
    first: int
    end: int


@dataclass(frozen=True)
class SourceTable:
    """A sheet or layer as it was read.

    ``columns``: one Arrow column per heading, in the file's order; text for sheets, typed for layers.
    ``rows``: int32, the row number in the sheet (1-based, as Excel shows it) or the feature id of the layer; null where
    a file has none.
    ``geometry``: WKB per row, for a layer. ``crs``: authority code or WKT; ``None`` where the layer has none.
    ``is_form``: one row that was written as pairs of name and value.
    ``kind``: the IRI of the kind of table, where the reader knows it and ``part`` need not be one of its names.
    ``cut_at``: the length in bytes at which the format cuts headings (the ten of a DBF); None where it cuts none.
    ``names_crs``: whether the format can name a CRS; the one that the plan states holds for a layer of one that cannot.
    ``in_text``: it stands in the text of the plan, which often repeats tables that are handed in as files too.
    ``sums``: the rows of sums among the records, which are no records themselves.
    """

    file: str
    part: str
    columns: pa.Table
    rows: pa.Array
    geometry: pa.Array | None = None
    crs: str | None = None
    is_form: bool = False
    kind: str | None = None
    in_text: bool = False
    cut_at: int | None = None
    names_crs: bool = True
    sums: tuple[SumRow, ...] = ()

    @property
    def is_layer(self) -> bool:
        return self.geometry is not None


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of a text. ``number``: its place in the file, from 1. ``level``: that of a heading, 1 the highest.

    ``is_item``: it is one of a list, by its style or by a number that it begins with.
    ``is_guide``: it guides a reader or writer, as a line of a table of contents or a question of a template does, and says
    nothing itself.
    """

    number: int
    text: str
    level: int | None = None
    is_item: bool = False
    is_guide: bool = False


@dataclass(frozen=True)
class TextTable:
    """A table of a text that is none of those that the ontology knows, cell by cell; its text is among the paragraphs too."""

    name: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Document:
    """The text of a plan, or of a part of it."""

    file: str
    paragraphs: tuple[Paragraph, ...]
    tables: tuple[TextTable, ...] = ()


@dataclass(frozen=True)
class SourceGraph:
    """The statements of an RDF file."""

    file: str
    graph: Graph


@dataclass(frozen=True)
class Note:
    """A remark of a reader or of lift: nothing that a rule judges, but something the user should know.

    ``plan``: the title of the plan compared with whose package the place is in; None for the plan under review.
    ``is_unmatched``: something was handed in that the ontology or no reader knows, so that it was not read.
    """

    text: Text
    place: Place
    plan: str | None = None
    is_unmatched: bool = False


@dataclass(frozen=True)
class Citation:
    """A plan that plan.xml names: as what (element name), its identifier, and where its package lies, if said."""

    relation: str
    identifier: str
    href: str | None = None


@dataclass(frozen=True)
class Content:
    """What a reader found in one file (or, of a Shapefile or File Geodatabase, in the files that belong together)."""

    tables: tuple[SourceTable, ...] = ()
    documents: tuple[Document, ...] = ()
    graphs: tuple[SourceGraph, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Package:
    """What one plan's folder, zip or bare database holds, read but not yet understood."""

    path: Path
    files: tuple[SourceFile, ...]
    tables: tuple[SourceTable, ...]
    documents: tuple[Document, ...] = ()
    graphs: tuple[SourceGraph, ...] = ()
    citations: tuple[Citation, ...] = ()
    notes: tuple[Note, ...] = ()
    missing_files: tuple[str, ...] = ()


# ---- rules ----------------------------------------------------------------------------------------------------------


class Severity(StrEnum):
    INFO = "info"
    WARNING = "warning"
    VIOLATION = "violation"

    @property
    def rank(self) -> int:
        return list(Severity).index(self)


class Outcome(StrEnum):
    """How a rule ends. Only ``PASSED`` and ``NOT_APPLICABLE`` are good."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_APPLICABLE = "not-applicable"
    UNDECIDED = "undecided"
    PERSON_DECIDES = "person-decides"
    NOT_SUPPLIED = "not-supplied"
    ERROR = "error"


class Strength(StrEnum):
    MANDATORY = "mandatory"
    EXPECTED = "expected"
    LOCAL = "local"
    PRACTICE = "practice"
    ADVISED = "advised"


class Checkability(StrEnum):
    """How a clause can be checked."""

    AUTOMATIC = "automatic"
    BY_PERSON = "byPerson"
    NOT_FROM_PACKAGE = "notFromPackage"


@dataclass(frozen=True)
class Clause:
    """One requirement of a guideline, with the instrument and article that it rests on.

    ``in_force``: the day from which the instrument is in force, where it is stated; ``jurisdiction``: the leading digits
    of administrative codes, none for everywhere; ``guideline_title``: what the guideline is called.
    """

    iri: str
    guideline: str
    guideline_title: Text
    number: str
    requirement: Text
    instrument: Text
    article: Text
    strength: Strength
    jurisdiction: tuple[str, ...] = ()
    checkability: Checkability = Checkability.AUTOMATIC
    edition: str = ""
    in_force: dt.date | None = None


@dataclass(frozen=True)
class Rule:
    """A rule as its file states it; its shapes stay in the rulebook's graphs, under ``iri``.

    ``targets``: the classes whose members it judges.
    """

    code: str
    iri: str
    title: Text
    clause: Clause
    remedy: Text
    severity: Severity
    applies_to: frozenset[str]
    reads: tuple[str, ...]
    needs: tuple[str, ...]
    asks: tuple[str, ...]
    excepts: tuple[str, ...]
    mentions: frozenset[str]
    source: str
    targets: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Profile:
    """Which rules change the verdict, how severe their findings are, and with what a package is still accepted.

    ``adopts``, ``sets_aside``: guidelines and clauses whose rules count, or only advise, whatever their strength.
    ``rates``: guidelines, clauses and rules whose findings are as severe as stated. ``accepts``: outcomes with which a
    package is still accepted; ``fail_on``: from which severity a finding is in the way; ``returns``: the strengths of
    clauses for which a plan is returned. ``for_kinds``, ``for_places``: the kinds of plan and the leading digits of
    administrative codes that it is for; both empty where it is for none in particular.
    """

    name: str
    title: Text
    adopts: frozenset[str] = frozenset()
    accepts: frozenset[Outcome] = frozenset({Outcome.PERSON_DECIDES, Outcome.NOT_SUPPLIED})
    sets_aside: frozenset[str] = frozenset()
    rates: Mapping[str, Severity] = field(default_factory=dict)
    fail_on: Severity = Severity.VIOLATION
    returns: frozenset[Strength] = frozenset({Strength.MANDATORY})
    for_kinds: frozenset[str] = frozenset()
    for_places: tuple[str, ...] = ()


# ---- what reviewers hand back -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ReviewFiles:
    """Lists that reviewers handed back, as they were read, with what lies beside them.

    ``files``: lists and attachments. ``attachments``: by list and name as a cell writes it, the SHA-256 of what is there.
    ``written``: the copies in them of what a check wrote.
    """

    files: tuple[SourceFile, ...]
    tables: tuple[SourceTable, ...]
    attachments: Mapping[tuple[str, str], str]
    notes: tuple[Note, ...] = ()
    written: tuple[SourceTable, ...] = ()


@dataclass(frozen=True)
class Opinion:
    """What reviewers wrote in one row of a list of findings or open matters.

    ``about``: the id of what it is about; empty for a row of their own. ``adopted``, ``change``, ``changed_at``,
    ``opinion``: what stands in the columns for answers. ``others``: (heading, text) of columns that they added; of a row
    of their own, of all others too. ``found``, ``reported``: what the check had written into the row: the finding, and
    (heading, text) of the rest.
    """

    about: str
    place: Place
    adopted: str = ""
    change: str = ""
    changed_at: str = ""
    opinion: str = ""
    others: tuple[tuple[str, str], ...] = ()
    found: str = ""
    reported: tuple[tuple[str, str], ...] = ()


class OpinionStanding(StrEnum):
    """What became of the matter of an earlier opinion that the check does not find any more."""

    ANSWERED = "answered"
    NOT_CHECKED = "not-checked"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class EarlierOpinion:
    """An opinion on a matter that is there no more. ``rule``: the code of its rule, where the rulebook has it."""

    opinion: Opinion
    standing: OpinionStanding
    rule: str | None = None


@dataclass(frozen=True)
class Waiver:
    """Why a finding does not stand in the way, who approved that, and until when. ``files``: SHA-256 of attachments."""

    place: Place
    reason: str
    approved_by: str
    document: str
    until: dt.date
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decision:
    """What a person decided of an open point: whether it ``complies``, when, and on what basis. ``files``: as of a waiver."""

    place: Place
    complies: bool
    person: str
    day: dt.date
    basis: str
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReviewForm:
    """A list for reviewers to fill in and hand back, with the rows that they handed in already.

    ``choices``: by column, what may be chosen there; none where anything may be written.
    """

    name: Text
    columns: tuple[Text, ...]
    choices: tuple[tuple[Text, ...], ...]
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Review:
    """What reviewers handed back with this check. ``earlier``: opinions on what is there no more; ``own``: rows of theirs."""

    files: tuple[SourceFile, ...]
    earlier: tuple[EarlierOpinion, ...] = ()
    own: tuple[Opinion, ...] = ()


# ---- results --------------------------------------------------------------------------------------------------------

Value = str | Decimal | int | bool | dt.date


@dataclass(frozen=True)
class ConflictGeometry:
    """Where on the Earth a finding is.

    ``wkb``: two-dimensional, longitude before latitude in the CRS of ``relate.ground``, rounded; None where it cannot be
    shown. ``note``: why it cannot, or how it was made simpler.
    """

    wkb: bytes | None
    note: Text | None = None


@dataclass(frozen=True)
class Violation:
    """One SHACL result. IRIs and literals are text; ``details`` are the named values of the rule's chk:details.

    ``ground``: the individuals whose ground the conflict is about, the focus where there are none; ``without``: those
    whose ground is taken away from it.
    """

    focus: str
    path: str | None
    value: str | None
    component: str
    shape: str
    severity: Severity
    messages: Mapping[str, str]
    details: Mapping[str, Value] = field(default_factory=dict)
    ground: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    geometry: ConflictGeometry | None = None


@dataclass(frozen=True)
class OpenPoint:
    """A node (or, with ``node`` None, the whole rule) that could not be judged, and why.

    ``at``: the individual with whose place it is told, where that is another one. ``shape``: the shape that puts it before
    a person, where one does.
    """

    node: str | None
    messages: Mapping[str, str]
    details: Mapping[str, Value] = field(default_factory=dict)
    at: str | None = None
    shape: str = ""


@dataclass(frozen=True)
class RuleResult:
    """What the engine found for one rule: the nodes it really checked (int64), and what came of each.

    ``engine``: the name of the engine that judged, where one did.
    """

    rule: Rule
    checked: pa.Array = field(default_factory=lambda: pa.array([], pa.int64()))
    violations: tuple[Violation, ...] = ()
    undecided: tuple[OpenPoint, ...] = ()
    asked: tuple[OpenPoint, ...] = ()
    missing: tuple[str, ...] = ()
    error: Text | None = None
    engine: str = ""


@dataclass(frozen=True)
class Finding:
    """A violation as a planner reads it. ``focus_label``: what its focus is called. ``component``, ``details``, ``ground``, ``without``: as of the ``Violation``.

    ``blocks``: whether it alone stands in the way of acceptance: its rule counts, it is severe enough, and not waived.
    """

    id: str
    rule: Rule
    severity: Severity
    message: Text
    focus: str
    focus_label: Text
    place: Place | None
    path: str | None
    value: str | None
    measured: Text | None
    allowed: Text | None
    shape: str
    geometry: ConflictGeometry | None = None
    component: str = ""
    details: Mapping[str, Value] = field(default_factory=dict)
    ground: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    blocks: bool = False
    waiver: Waiver | None = None
    opinions: tuple[Opinion, ...] = ()

    @property
    def individuals(self) -> frozenset[str]:
        """All that it names and that may be an individual, by IRI."""
        told = (self.focus, self.value, *self.ground, *self.without, *self.details.values())
        return frozenset(iri for iri in told if isinstance(iri, str))


@dataclass(frozen=True)
class Reason:
    """Why a rule, or one node of it, is undecided, before a person, or not supplied. ``id``: stable, as a finding's is.

    ``decision``: what a person decided of it, which settles it.
    """

    text: Text
    outcome: Outcome
    node: str | None = None
    place: Place | None = None
    id: str = ""
    decision: Decision | None = None
    opinions: tuple[Opinion, ...] = ()


@dataclass(frozen=True)
class RuleOutcome:
    """How one rule ended, and whether that counts for the verdict. ``engine``: who judged it; empty where nobody did.

    ``blocks``: whether it stands in the way of acceptance. ``outcome`` is what the check itself came to: a waiver or a
    decision changes ``blocks`` alone.
    """

    rule: Rule
    outcome: Outcome
    counts: bool
    checked: int
    findings: tuple[Finding, ...] = ()
    reasons: tuple[Reason, ...] = ()
    engine: str = ""
    blocks: bool = False

    @property
    def standing(self) -> tuple[Finding, ...]:
        """The findings that are not waived."""
        return tuple(finding for finding in self.findings if finding.waiver is None)

    @property
    def open(self) -> tuple[Reason, ...]:
        """The reasons that no decision settles."""
        return tuple(reason for reason in self.reasons if reason.decision is None)

    @property
    def refused(self) -> bool:
        """Whether a person decided that something does not comply."""
        return any(reason.decision is not None and not reason.decision.complies for reason in self.reasons)


@dataclass(frozen=True)
class ReadColumn:
    """A column of a table: its heading, what it was read as, and the unit that the heading names; None where unknown."""

    heading: str
    label: Text | None
    unit: str | None = None


@dataclass(frozen=True)
class Reading:
    """A sheet or layer and what was made of it. ``kind``: None for one that is not known.

    ``lacking``: columns that it ought to have and has not.
    """

    place: Place
    kind: Text | None
    rows: int
    columns: tuple[ReadColumn, ...]
    crs: str | None = None
    lacking: tuple[Text, ...] = ()


class Basis(StrEnum):
    """What shows that a plan treats a content that it has to treat."""

    RECORDED = "recorded"
    STATED = "stated"
    NOT_IN_TEXT = "not-in-text"
    NOT_SEEN = "not-seen"
    NOT_CONCERNED = "not-concerned"
    WORDS = "words"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Treatment:
    """How one required content stands with a plan.

    ``said``: where its record is kept, or what the table of contents by requirement says. ``passages``: the places in the
    text with what stands there.
    """

    content: Text
    basis: Basis
    said: Text | None = None
    passages: tuple[tuple[Place, str], ...] = ()


@dataclass(frozen=True)
class PlanSummary:
    """The plan under review or a reference, as the report names it."""

    role: str
    iri: str
    identifier: str
    title: str
    kind: Text
    files: tuple[SourceFile, ...]
    readings: tuple[Reading, ...] = ()
    documents: tuple[Document, ...] = ()
    treatments: tuple[Treatment, ...] = ()


@dataclass(frozen=True)
class Inspection:
    """What was read of a plan set. ``missing``: what is not given, with the codes of the rules that would read it."""

    plans: tuple[PlanSummary, ...]
    missing: tuple[tuple[Text, tuple[str, ...]], ...]
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class Concerned:
    """A feature that findings are about, as a whole. ``label``: what its class is called; ``geometry``: as of a finding."""

    iri: str
    name: str
    label: Text
    place: Place
    geometry: ConflictGeometry


@dataclass(frozen=True)
class MapFeature:
    """A feature as a map draws it. ``wkb``: in the CRS of the report's geometries, made simpler than it is."""

    iri: str
    name: str
    wkb: bytes


@dataclass(frozen=True)
class MapLayer:
    """The features of one layer of a plan that a map draws, for looking at and not for measuring.

    ``plan``: the IRI of the plan. ``colour``: #RRGGBB. ``fill``: opacity from 0 to 1. ``note``: what is not drawn, or not
    as it is.
    """

    plan: str
    label: Text
    colour: str
    fill: float
    features: tuple[MapFeature, ...]
    note: Text | None = None


@dataclass(frozen=True)
class Report:
    """Everything a writer needs; the same input and rulebook give the same report.

    ``geometry_crs``: the CRS of all geometries; None where coordinates were left out. ``fail_on``: from which severity a
    finding stands in the way. ``layers``: what a map draws below the findings, from the bottom upwards. ``review``: what
    reviewers handed back, if anything. ``forms``: what they can fill in. ``concerned``: the features that findings are about,
    where they were asked for.
    """

    plan: PlanSummary
    references: tuple[PlanSummary, ...]
    as_of: dt.date
    profile: Profile
    rulebook: str
    engine: str
    accepted: bool
    outcomes: tuple[RuleOutcome, ...]
    notes: tuple[Note, ...]
    geometry_crs: str | None = None
    fail_on: Severity = Severity.VIOLATION
    layers: tuple[MapLayer, ...] = ()
    review: Review | None = None
    forms: tuple[ReviewForm, ...] = ()
    concerned: tuple[Concerned, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(finding for outcome in self.outcomes for finding in outcome.findings)

    @property
    def counts(self) -> dict[Outcome, int]:
        return {kind: sum(o.outcome is kind for o in self.outcomes) for kind in Outcome}

    @property
    def by_guideline(self) -> dict[str, tuple[RuleOutcome, ...]]:
        """Guidelines (IRI) with how their rules ended, both in their order."""
        found: dict[str, list[RuleOutcome]] = {}
        for outcome in self.outcomes:
            found.setdefault(outcome.rule.clause.guideline, []).append(outcome)
        return {guideline: tuple(outcomes) for guideline, outcomes in found.items()}


# ---- audits ---------------------------------------------------------------------------------------------------------


_NOTHING = Text("", "")


@dataclass(frozen=True)
class Failure:
    """Why something could not be finished: where, what is wrong, and what to do."""

    where: str
    problem: Text
    remedy: Text


@dataclass(frozen=True)
class Tally:
    """How the rules of one guideline (IRI) ended for one plan, and how many findings they have."""

    guideline: str
    title: Text
    outcomes: Mapping[Outcome, int]
    findings: int


@dataclass(frozen=True)
class Audited:
    """A package of an audit: what its report says in numbers, or why there is none.

    ``name``: of its file or folder. ``conclusion``: what its report suggests.
    ``is_broken``: a rule ended in an error. ``reports``: format -> the file of the report, from the overview's folder.
    ``settled``: how many findings are waived and how many open points decided; None where reviewers handed nothing back.
    """

    name: str
    failure: Failure | None = None
    plan: PlanSummary | None = None
    as_of: dt.date | None = None
    profile: Profile | None = None
    fail_on: Severity | None = None
    accepted: bool = False
    is_broken: bool = False
    conclusion: Text = _NOTHING
    tallies: tuple[Tally, ...] = ()
    severities: Mapping[Severity, int] = field(default_factory=dict)
    blocking: int = 0
    settled: tuple[int, int] | None = None
    reports: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_finished(self) -> bool:
        return self.failure is None and not self.is_broken

    @property
    def counts(self) -> dict[Outcome, int]:
        return {kind: sum(tally.outcomes[kind] for tally in self.tallies) for kind in Outcome}

    @property
    def findings(self) -> int:
        return sum(self.severities.values())


@dataclass(frozen=True)
class Conflict:
    """A finding on two plans of an audit.

    ``packages``: names of both; ``ids``: of the finding in the report of each; ``waived``: whether it is waived there.
    """

    finding: Finding
    packages: tuple[str, str]
    ids: tuple[str, str]
    waived: tuple[bool, bool]


@dataclass(frozen=True)
class Overview:
    """What an audit found of all packages of a folder, in the order of their names.

    ``references``: the plans that packages were compared with. ``aside``: files of the folder that are no packages.
    """

    folder: str
    audited: tuple[Audited, ...]
    conflicts: tuple[Conflict, ...]
    references: tuple[PlanSummary, ...]
    aside: tuple[str, ...]
    rulebook: str
