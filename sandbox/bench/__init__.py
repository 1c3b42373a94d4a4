"""Measures the app under load in a sandbox of its own."""
