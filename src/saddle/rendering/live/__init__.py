"""Looking at a training while it runs: a page in a browser, and a table; no result depends on it."""
