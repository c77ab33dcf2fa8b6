"""Surveys: what is asked, how it is read from a template, and how an answer becomes bytes."""
