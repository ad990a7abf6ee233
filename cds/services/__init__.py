"""What we say to clinicians: one service a file."""
