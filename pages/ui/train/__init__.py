"""Rooms of the page Train."""
