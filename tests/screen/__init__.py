"""What is printed: every command, every format, in a pipe and on a terminal."""
