"""`cbrctl doctor`."""
