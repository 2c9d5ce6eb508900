"""The plain way to send a WhatsApp message from Django: store a row, call `requests.post`. Nothing is prevented."""
