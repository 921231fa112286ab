"""What only a CUDA device can show.

These tests need torch, pytest and the core, neither a page's libraries nor a figure's: a machine
with a card seldom has them.
"""
