"""Where the house trades: accounts at venues, each behind one shape, in a plain dict."""
