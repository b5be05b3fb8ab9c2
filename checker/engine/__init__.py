"""Evaluates rules over facts, fail closed; hands on one ``RuleResult`` per rule.

``evaluate`` decides what is checked; a shape engine says which nodes fail a shape: ``reference`` (pySHACL, the meaning
of a rule) or ``compiled`` (SQL, its speed).
"""

from checker.engine.compiled import CompiledEngine
from checker.engine.evaluate import Evaluation, ShapeEngine
from checker.engine.reference import ReferenceEngine

__all__ = ["CompiledEngine", "Evaluation", "ReferenceEngine", "ShapeEngine"]
