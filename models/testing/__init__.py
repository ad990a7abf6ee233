"""The conformance kit for models: what `models.base` promises, as checks anybody can run on their own model.

```
from models.testing import check_model
check_model(MyFamily().load("mine/one"), examples=[{"id": 1, "age_years": 50}])
```

A check raises AssertionError with the promise that was broken.
"""

from collections.abc import Callable, Sequence

from models.base import Document, Model
from models.testing.checks import CHECKS
from models.testing.examples import example

__all__ = ["check_model", "example"]


def check_model(model: Model, *, examples: Sequence[Document] = (), seed: int = 0) -> int:
    """Run all checks and return how many there were; the first broken promise is raised.

    Without `examples` one document is made from the schema. `seed` rules the generated junk.
    """
    documents = list(examples) or [example(model.schema())]
    checks: Sequence[Callable[..., None]] = CHECKS
    for check in checks:
        check(model, documents, seed)
    return len(checks)
