"""Asks a vision model that the user names whom a phrase means: the one place from which a picture leaves.

The protocol is that of OpenAI's chat completions, which many programs speak, also such as run on one's own
machine. Nothing here is imported unless the user gave --subject-model and a phrase that begins with "ask:".
"""

from __future__ import annotations

import base64
import json
import re
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ..colour import Picture
from ..frame import Size
from .endpoint import kept_private
from .errors import SubjectError
from .instance import Mark
from .marks import draw_marks

TIMEOUT = 15.0  # s
LARGEST = 1 << 16  # bytes of an answer
LARGER = 3  # times the coarse picture, so that numbers can be read
NUMBERS = re.compile(r"[\[(\"' ]*(\d{1,2}(?: *,? *(?:and)? *\d{1,2})*)[\])\"'. ]*")
QUESTION = (
    "Each person in this picture has a number in a disc. Who is meant by: {phrase!r}? "
    "Answer with the numbers only, separated by commas, or with the word none."
)


class NoAnswer(SubjectError):
    """The model cannot be asked, or says nothing that can be used."""

    def __init__(self, url: str, why: str) -> None:
        super().__init__(f"{url} was asked for the subject: {why}; choose with a number, or other words")


@dataclass(frozen=True, slots=True)
class Vision:
    """An endpoint: http://127.0.0.1:8080/v1, with #name where it serves several models.

    timeout  s
    """

    url: str
    timeout: float = TIMEOUT

    def __call__(self, picture: Picture, marks: Sequence[Mark], size: Size, phrase: str) -> frozenset[int]:
        """The numbers of those who are meant, in a BGR picture of a frame of `size`. Raises NoAnswer."""
        enlarged = cv2.resize(picture, None, fx=LARGER, fy=LARGER, interpolation=cv2.INTER_CUBIC)
        shown = np.asarray(enlarged, np.uint8)
        draw_marks(shown, marks, size)
        numbers = self._read(self._post(self._request(shown, phrase)))
        if not numbers <= {mark.id for mark in marks}:
            raise NoAnswer(self.url, f"it named {sorted(numbers)}, which are not all there")
        return numbers

    def _request(self, picture: Picture, phrase: str) -> urllib.request.Request:
        if not kept_private(self.url):
            raise NoAnswer(self.url, "it would get a picture in clear, over the network")
        base, _, name = self.url.partition("#")
        _, packed = cv2.imencode(".jpg", picture)
        image = "data:image/jpeg;base64," + base64.b64encode(packed.tobytes()).decode()
        content = [
            {"type": "text", "text": QUESTION.format(phrase=phrase)},
            {"type": "image_url", "image_url": {"url": image}},
        ]
        body = {
            "model": name or "default",
            "messages": [{"role": "user", "content": content}],
            "max_tokens": 20,
            "temperature": 0,
        }
        address = base.rstrip("/") + "/chat/completions"
        headers = {"Content-Type": "application/json"}
        return urllib.request.Request(address, json.dumps(body).encode(), headers)

    def _post(self, request: urllib.request.Request) -> str:
        """What the model says."""
        try:
            with straight().open(request, timeout=self.timeout) as answer:
                told = json.loads(answer.read(LARGEST))
            return str(told["choices"][0]["message"]["content"])
        except urllib.error.HTTPError as error:
            raise NoAnswer(self.url, f"it answers {error.code}") from None
        except OSError as error:
            raise NoAnswer(self.url, f"it cannot be reached, {getattr(error, 'reason', error)}") from None
        except (ValueError, KeyError, IndexError, TypeError):
            raise NoAnswer(self.url, "it does not speak the protocol of chat completions") from None

    def _read(self, said: str) -> frozenset[int]:
        """Numbers and nothing else: whoever says more may mean something else."""
        if match := NUMBERS.fullmatch(said.strip()):
            return frozenset(int(number) for number in re.findall(r"\d+", match[1]))
        why = "it says that nobody is" if said.strip(" .'\"").lower() == "none" else f"it says {said[:60]!r}"
        raise NoAnswer(self.url, why)


def straight() -> urllib.request.OpenerDirector:
    """Opens addresses without proxies and redirections: the picture is for the one whom the user named."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPErrorProcessor,
        urllib.request.HTTPDefaultErrorHandler,
    ):
        opener.add_handler(handler())
    return opener
