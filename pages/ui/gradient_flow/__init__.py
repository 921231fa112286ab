"""Rooms of the page Gradient flow."""
