"""Evaluates rules over facts, fail closed; hands on one ``RuleResult`` per rule.

``evaluate`` decides what is checked; a shape engine (``reference``) says which nodes fail a shape.
"""

from checker.engine.evaluate import Evaluation, ShapeEngine
from checker.engine.reference import ReferenceEngine

__all__ = ["Evaluation", "ReferenceEngine", "ShapeEngine"]
