"""Rooms of the page Runs."""
