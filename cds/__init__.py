"""The CDS Hooks service: `cds.pipeline` is where to start reading."""
