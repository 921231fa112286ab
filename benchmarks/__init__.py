"""Measurements, each printing a ratio against a baseline that runs beside it."""
