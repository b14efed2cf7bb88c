"""The way of one backup: from names to a verdict, with the journal, and with others at the same vault."""
