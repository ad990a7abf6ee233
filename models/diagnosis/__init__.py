"""The diagnosis model: a story in; conditions, reasons, red flags and questions out."""
