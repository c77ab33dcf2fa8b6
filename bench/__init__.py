"""Benchmarks: each a ratio against a limit measured in the same run. Never a timed test."""
