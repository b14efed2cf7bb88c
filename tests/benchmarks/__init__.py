"""Figures without a verdict."""
