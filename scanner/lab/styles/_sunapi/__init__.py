"""SUNAPI as a lab device speaks it: attributes and views (docs/sources.md A7.2)."""
