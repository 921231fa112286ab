"""Measurements: functions that take a net and pictures and return frozen dataclasses of arrays."""
