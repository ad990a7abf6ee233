"""A CDS Hooks service as HealthChain's documentation builds one; run in HealthChain's own environment.

`adapter` goes through its CdsFhirAdapter: prefetch to FHIR objects in a Document, a card from it. `echo`
answers without looking at the prefetch. Neither verifies tokens, de-identifies, computes or audits.
"""

import logging

from healthchain.gateway import CDSHooksService, HealthChainAPI
from healthchain.io import CdsFhirAdapter, Document
from healthchain.models import CDSRequest, CDSResponse
from healthchain.models.responses.cdsresponse import Card, Source

# It warns about every call without a note; what it writes is left out so that nothing but work is measured.
logging.getLogger("healthchain").setLevel(logging.ERROR)

app = HealthChainAPI()
adapter = CdsFhirAdapter(hook_name="patient-view")
through_adapter = CDSHooksService()
echoing = CDSHooksService()


@through_adapter.hook("patient-view", id="adapter")
def read(request: CDSRequest) -> CDSResponse:
    """Answer with one card on the FHIR objects that the adapter made."""
    document = adapter.parse(request)
    document.cds.cards = [_card(f"{_count(document)} resources read")]
    return adapter.format(document)


@echoing.hook("patient-view", id="echo")
def echo(request: CDSRequest) -> CDSResponse:
    """Answer with one card that names the call."""
    return CDSResponse(cards=[_card(request.hookInstance)])


def _count(document: Document) -> int:
    """Count FHIR objects; what the adapter could not convert stays a dict and is an error here."""
    found = 0
    for key, value in document.fhir.prefetch_resources.items():
        if isinstance(value, dict):
            raise TypeError(f"the adapter did not convert {key}")
        found += len(value.entry or []) if hasattr(value, "entry") else 1
    return found


def _card(summary: str) -> Card:
    return Card(summary=summary, indicator="info", source=Source(label="healthchain"))


app.register_service(through_adapter)
app.register_service(echoing)
