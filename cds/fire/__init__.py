"""Acting as the EHR: choose a service, build the context, fill the prefetch, sign, call, show the cards.

Start at `firing.fire`. Nothing here knows a concrete FHIR client or web framework; both come as parameters.
"""
