"""Shared business figures over time: what they are, their monthly values, and what was agreed."""
