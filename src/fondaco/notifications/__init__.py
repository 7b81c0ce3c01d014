"""Notifications: what people are told, by which channel, in whose words, and how each message fares.

An event is told to a person at most once over a channel. A template sees plain texts, never objects. What is
secret (codes, links) goes another way: ``kit.django.deliveries``, over the same carriers.
"""
