"""Every message of cbrctl: what happened, why, and what to do. `{…}` are the values of the error; all of it is translated.

Texts are plain and short, name the thing they speak of, and end with a command where one helps.
"""

from cbrctl.messages.catalogue import outcomes, requests, setup
from cbrctl.messages.catalogue.message import Message

MESSAGES: dict[str, Message] = {**requests.MESSAGES, **setup.MESSAGES, **outcomes.MESSAGES}
