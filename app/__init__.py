"""Selaras: a survey service that tells an organisation how well its departments pull together."""
