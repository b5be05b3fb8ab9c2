"""Compiles shapes to set-based SQL over the relations of the store; docs/compiler.md explains the translation.

``terms``: RDF terms as SQL expressions; ``expressions``: SPARQL expressions; ``patterns``: SPARQL graph patterns and
queries; ``paths``: property paths; ``shapes``: one function per constraint component. Nothing here runs SQL or sees a
plan: what is compiled depends on the rulebook and the vocabulary alone.
"""
