"""What is known of the codes and words of records: reviewed value sets, each row with its source."""
