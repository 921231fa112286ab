"""Rooms of the page Classify."""
