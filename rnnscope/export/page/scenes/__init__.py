"""What moves in each view of a page, and by which numbers: one file per view."""
