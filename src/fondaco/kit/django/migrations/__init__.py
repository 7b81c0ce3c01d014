"""How the shared tables came to be."""
