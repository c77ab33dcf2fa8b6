"""Slides of a release: each with a chart that can be edited where the slides are shown."""
