"""One backup's way: request → job (journal · look · one POST · reconcile) → follow → verdict. Nothing here prints."""
