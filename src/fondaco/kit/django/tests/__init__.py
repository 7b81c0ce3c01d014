"""Tests of the kit of Django."""
