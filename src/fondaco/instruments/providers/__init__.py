"""Who tells prices during the day: each an adapter of one shape, in a plain dict."""
