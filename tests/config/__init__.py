"""Where a value comes from, and where a secret goes."""
