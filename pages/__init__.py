"""The pages: thin scripts that choose, call the core once, and show what it returns."""
