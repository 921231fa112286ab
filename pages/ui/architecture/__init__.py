"""Rooms of the page Architecture."""
