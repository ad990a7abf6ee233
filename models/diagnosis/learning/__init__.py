"""What is learned from simulated patients: encoder, story model and forest; needs the extra `train`."""
