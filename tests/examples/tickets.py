"""A help desk with a ticket for each conversation, for the examples to test."""

from flask import Flask, request


def help_desk(tickets):
    """Return an application that receives webhooks, and keeps `tickets` by the id of the request."""
    app = Flask("help desk")

    @app.post("/tiledesk")
    def receive():
        name, payload = request.json["hook"]["event"], request.json["payload"]
        if name == "request.create":
            tickets[payload["request_id"]] = {"by": payload["lead"]["fullname"], "texts": [], "open": True}
        elif name == "message.create" and payload["sender"] != "system":
            tickets[payload["recipient"]]["texts"].append(payload["text"])
        elif name == "request.close":
            tickets[payload["request_id"]]["open"] = False
        return "thank you", 200

    return app
