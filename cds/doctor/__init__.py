"""What is wrong with an installation, and the fix: `examination.examine` runs every check."""
