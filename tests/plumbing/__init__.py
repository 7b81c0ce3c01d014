"""What the tests stand on: a database of their own, an HTTP client, optional tools of the machine."""
