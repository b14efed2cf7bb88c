"""What is true of the repository itself: its structure, its papers, its generated files, what it loads."""
