"""Rooms of the page Scoreboard."""
