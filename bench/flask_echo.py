"""A bare Flask service that parses a call and answers one card: the floor that no service goes below."""

from flask import Flask, Response, jsonify, request

app = Flask(__name__)


@app.post("/cds-services/echo")
def echo() -> Response:
    """Answer with one card that names the call."""
    call = request.get_json()
    card = {"summary": call["hookInstance"], "indicator": "info", "source": {"label": "echo"}}
    return jsonify({"cards": [card]})
