"""What is known of drugs, as data: tables with a source for every row, and the reader of names and orders."""
