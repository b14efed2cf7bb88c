"""This machine: clocks, files, signals."""
