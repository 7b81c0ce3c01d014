"""How people prove who they are, tried out."""
