"""Raw clients of other companies' APIs: their words, their shapes, no Django and no words of ours.

Each package takes bytes and gives frozen dataclasses; whoever uses it maps the vendor's words onto his own.
"""
