"""Those who verify: each an adapter of one shape, in a plain dict."""
