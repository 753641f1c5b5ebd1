"""Datasets. Import from the modules: availability must load without torch."""
