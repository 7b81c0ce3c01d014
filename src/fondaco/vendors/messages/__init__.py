"""Companies that carry messages. Wire facts are those of docs/providers/messages.md."""
