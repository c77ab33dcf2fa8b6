"""Telling other programs what happened: subscriptions, events, and their deliveries."""
