"""Facts as columns: what is known of the plan set, and the one door to DuckDB and to the RDF view.

``Facts`` are immutable; ``Builder`` makes them, or more of them from what is there; ``Store`` asks them in SQL.
"""

from checker.facts.columns import Builder, Facts, FactTable
from checker.facts.names import Derived, Names
from checker.facts.store import STATEMENTS, Key, Store, TooManyRows, relation_name, star_of

__all__ = [
    "STATEMENTS",
    "Builder",
    "Derived",
    "FactTable",
    "Facts",
    "Key",
    "Names",
    "Store",
    "TooManyRows",
    "relation_name",
    "star_of",
]
