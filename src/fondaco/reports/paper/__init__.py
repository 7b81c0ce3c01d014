"""Documents as PDF: what goes on paper is decided elsewhere; here it gets its place on the page."""
