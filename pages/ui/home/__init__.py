"""Rooms of the page Home."""
