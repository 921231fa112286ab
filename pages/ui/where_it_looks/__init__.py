"""Rooms of the page Where it looks."""
