"""The one-way door: de-identification, pseudonyms that die with the call, sealing, audit."""
