"""What makes each request another: a serial number in every id, a family name of its own."""

SERIAL = "f00dcafe"
"""The last eight digits of every id until a request is stamped; hexadecimal, so that a UUID stays one."""
SURNAME = "Qufaankmnop"
"""The patient's family name until a request is stamped: no two requests are about people of one name."""
_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")


def stamped(body: bytes, serial: int) -> bytes:
    """Return a request whose ids and whose patient's name no other request has."""
    digits = f"{serial:08x}"
    surname = f"Quf{digits.translate(_LETTERS)}"
    return body.replace(SERIAL.encode(), digits.encode()).replace(SURNAME.encode(), surname.encode())
