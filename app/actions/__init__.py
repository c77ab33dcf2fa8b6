"""What teams have decided to do about what a survey showed, and whether it moved."""
