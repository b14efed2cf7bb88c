"""Who is asking: sources, keyring, tokens, signatures, and those who would like to have them."""
