"""What only training needs: corpora, and networks in torch. Serving reads what they leave under `weights`."""
