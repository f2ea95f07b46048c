"""Each case of schemathesis has a session of its own: some routes end the one that asks.

Environment: SERVER_URL, SERVER_USER, SERVER_PASSWORD.
"""

import os

import requests
import schemathesis

URL = os.environ["SERVER_URL"]
COOKIE = "paralax_session"


@schemathesis.auth(refresh_interval=None)
class EachCaseLogsIn:
    def get(self, case, context):
        answer = requests.post(
            URL + "/login",
            data={"user": os.environ["SERVER_USER"], "password": os.environ["SERVER_PASSWORD"]},
            headers={"Origin": URL},
            allow_redirects=False,
            timeout=20,
        )
        return answer.cookies[COOKIE]

    def set(self, case, data, context):
        case.cookies = {**(case.cookies or {}), COOKIE: data}
        case.headers = {**(case.headers or {}), "Origin": URL}
