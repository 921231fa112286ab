"""Figures: result dataclasses in, Plotly figures out; no torch, no Streamlit."""
