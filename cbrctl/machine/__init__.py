"""What this machine is asked for: files and their rights, clocks, signals, variables, and the secrets that no text repeats."""
