"""Counting, disclosure control and the release everybody reads."""
