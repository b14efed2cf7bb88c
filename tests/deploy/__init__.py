"""The examples of deploy/: each is run, or checked by what will read it."""
