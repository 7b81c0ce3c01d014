"""The whole platform under hard treatment: processes killed in the middle of work, then the books checked."""
