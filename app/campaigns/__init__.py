"""Rounds: policy, audience, invitations and their delivery."""
