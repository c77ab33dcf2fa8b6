"""Accounts, sign-in, roles and the departments an account may see."""
