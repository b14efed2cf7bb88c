"""The command line: usage, schemas, completions."""
