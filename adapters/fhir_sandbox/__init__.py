"""A small FHIR R4 server over a folder of bundles, with the habits of real vendors, for demos and tests.

Start at `app.FhirSandbox`; `server.serve` puts it on a loopback port.
"""
