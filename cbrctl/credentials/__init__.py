"""Who is asking: where credentials come from (sources), the tokens they get (token) and the file that keeps them (cache)."""
