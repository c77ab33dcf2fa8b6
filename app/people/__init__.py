"""Departments and employees, and the files they come from."""
