"""Reads of instruments and their prices."""
