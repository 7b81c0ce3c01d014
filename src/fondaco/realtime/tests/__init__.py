"""Tests of the sockets, over real ones on loopback."""
