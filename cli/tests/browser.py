"""Somebody at a browser: signs in to the demo, and confirms what a command line asks for."""

import re

import requests


class Browser:
    def __init__(self, portal, email):
        self.url, self.session = portal.url, requests.Session()
        self.session.trust_env = False
        page = self.session.get(f"{self.url}/login/").text
        self._post("/login/demo/", page, email=email)

    def answer(self, code, answer, scopes):
        """Open the page of this code, and press the button. Return what the page said before."""
        page = self.session.get(f"{self.url}/login/device/", params={"code": code}).text
        self._post("/login/device/", page, code=code, answer=answer, scopes=scopes, days="7")
        return page

    def _post(self, path, page, **fields):
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
        sent = {**fields, "csrfmiddlewaretoken": token}
        answer = self.session.post(self.url + path, data=sent, headers={"Referer": self.url + path})
        assert answer.status_code == 200, answer.text
        return answer
