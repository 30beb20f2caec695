"""Documents and where they come from: the lesson, the vendor notes, the claims table."""
