"""Rooms of the page Take apart."""
