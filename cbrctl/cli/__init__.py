"""From the words of the command line to a function: the command tree, the common options, help, and what is made of them."""
