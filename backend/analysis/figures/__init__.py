"""Plotly figures of runs, as plain JSON."""
