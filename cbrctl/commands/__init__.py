"""One file a noun or verb: options → request → call → show. No HTTP, no print, no try."""
