"""Tests that belong to no single package: journeys, house rules, scenarios, and what all tests stand on."""
