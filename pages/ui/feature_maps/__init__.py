"""Rooms of the page Feature maps."""
