"""The clients sign as RFC 9421 says: an independent library believes them, and believes nothing that was changed."""

import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from http_message_signatures import HTTPMessageVerifier, HTTPSignatureKeyResolver, InvalidSignature, algorithms
from redflower_client import (
    AsyncClient,
    Client,
    Deed,
    Key,
    Problem,
    Unreachable,
    WebhookForged,
    sign_request,
    verify_webhook,
)
from standardwebhooks import Webhook

from tests.laws.house import ROOT

PRIVATE = Ed25519PrivateKey.generate()
PEM = PRIVATE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
KEY = Key.from_pem(PEM, "key-1")
NOW = datetime(2026, 9, 9, 4, 0, tzinfo=UTC)
URL = "https://flower.example/api/partner/v1/deeds"
JS = ROOT / "clients" / "js" / "redflower.js"


class Resolver(HTTPSignatureKeyResolver):
    def resolve_public_key(self, key_id: str) -> Any:
        assert key_id == "key-1"
        return PRIVATE.public_key()


def believe(method: str, url: str, headers: dict[str, str], body: bytes) -> Any:
    """What the independent library says of a signed request."""
    message = requests.Request(method, url, headers=headers, data=body or None).prepare()
    verifier = HTTPMessageVerifier(signature_algorithm=algorithms.ED25519, key_resolver=Resolver())
    [result] = verifier.verify(message, max_age=timedelta(minutes=5))
    return result


def sign_with_node(method: str, body: str) -> dict[str, str]:
    script = f"""
import {{ Key, signRequest }} from {json.dumps(JS.as_uri())};
const key = await Key.fromPem({json.dumps(PEM)}, "key-1");
const body = new TextEncoder().encode({json.dumps(body)});
const request = {{ method: "{method}", url: {json.dumps(URL)}, body, contentType: body.length ? "application/json" : "" }};
console.log(JSON.stringify(await signRequest(key, request)));
"""
    return run_node(script)


def run_node(script: str) -> Any:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node on this system")
    done = subprocess.run([node, "--input-type=module", "-e", script], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("signer", ["python", "js"])
def test_another_library_believes_our_signatures(signer: str) -> None:
    body = '{"deeds":[{"id":"散步-1"}]}'
    if signer == "python":
        headers = dict(sign_request(KEY, "POST", URL, body.encode(), "application/json"))
    else:
        headers = sign_with_node("POST", body)
    result = believe("POST", URL, headers, body.encode())
    assert set(result.covered_components) == {
        '"@method"',
        '"@path"',
        '"content-type"',
        '"content-digest"',
        '"@signature-params"',
    }
    assert result.parameters["tag"] == "red-flower"
    assert len(result.parameters["nonce"]) == 22


@pytest.mark.parametrize("signer", ["python", "js"])
def test_a_changed_request_is_not_believed(signer: str) -> None:
    headers = (
        dict(sign_request(KEY, "POST", URL, b"{}", "application/json"))
        if signer == "python"
        else sign_with_node("POST", "{}")
    )
    for method, url in (("PUT", URL), ("POST", URL + "x")):
        with pytest.raises(InvalidSignature):
            believe(method, url, headers, b"{}")


def test_every_request_has_its_own_nonce() -> None:
    inputs = {sign_request(KEY, "GET", URL)["Signature-Input"] for _ in range(50)}
    assert len(inputs) == 50


def test_a_key_shows_itself_nowhere() -> None:
    assert "PRIVATE" not in repr(KEY)
    assert PEM not in repr(vars(Client("https://flower.example", KEY)))
    with pytest.raises(ValueError, match="Ed25519"):
        from cryptography.hazmat.primitives.asymmetric import ec

        other = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        Key.from_pem(other.decode(), "key-1")


def deed(number: int, **fields: Any) -> Deed:
    return Deed(**{"id": f"d-{number}", "campaign": "steps", "user": "u", "done_at": NOW, "amount": 7_000, **fields})


class Platform:
    """The other side of the wire: answers every deed, or as told."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.sizes: list[int] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        believe(request.method, str(request.url), dict(request.headers), request.content)
        status = self.statuses.pop(0) if self.statuses else 200
        if status != 200:
            return httpx.Response(status, json={"code": "key_revoked", "title": "no", "facts": {"key": "key-1"}})
        deeds = json.loads(request.content)["deeds"]
        self.sizes.append(len(deeds))
        return httpx.Response(
            200, json={"answers": [{"id": each["id"], "status": "accepted", "flowers": 1, "new": 1} for each in deeds]}
        )


def client(platform: Platform) -> Client:
    return Client("https://flower.example/", KEY, http=httpx.Client(transport=httpx.MockTransport(platform)))


def test_a_long_list_goes_out_in_requests_and_comes_back_in_order() -> None:
    platform = Platform()
    report = client(platform).report_deeds((deed(n) for n in range(2_500)), size=1_000)
    assert platform.sizes == [1_000, 1_000, 500]
    assert [each.id for each in report.answers] == [f"d-{n}" for n in range(2_500)]
    assert report.flowers == 2_500


async def _report(platform: Platform) -> Any:
    http = httpx.AsyncClient(transport=httpx.MockTransport(platform))
    async with AsyncClient("https://flower.example", KEY, http=http) as flowers:
        return await flowers.report_deeds([deed(1), deed(2)])


def test_the_asynchronous_client_does_the_same() -> None:
    import asyncio

    report = asyncio.run(_report(Platform()))
    assert [(each.id, each.status) for each in report.answers] == [("d-1", "accepted"), ("d-2", "accepted")]


def test_a_refusal_is_a_problem_and_a_fault_of_the_platform_may_be_tried_again() -> None:
    with pytest.raises(Problem) as refused:
        client(Platform(401)).report_deeds([deed(1)])
    assert (refused.value.status, refused.value.code, refused.value.facts) == (401, "key_revoked", {"key": "key-1"})
    with pytest.raises(Unreachable):
        client(Platform(503)).report_deeds([deed(1)])


def test_a_time_without_a_zone_is_refused_before_it_goes_out() -> None:
    with pytest.raises(ValueError, match="time zone"):
        client(Platform()).report_deeds([deed(1, done_at=NOW.replace(tzinfo=None))])


SECRET = "whsec_" + "c2VjcmV0IG9mIGFuIGVuZHBvaW50IDEyMzQ1Njc4OTA="


def delivery(body: bytes, at: datetime) -> dict[str, str]:
    signature = Webhook(SECRET).sign("msg_1", at, body.decode())
    return {
        "Webhook-Id": "msg_1",
        "Webhook-Timestamp": str(int(at.timestamp())),
        "Webhook-Signature": f"v1,AAAA {signature}",
    }


def test_the_python_client_believes_genuine_webhooks_only() -> None:
    body = '{"type":"deeds.settled","说":"好"}'.encode()
    headers = delivery(body, NOW)
    assert verify_webhook(SECRET, headers, body, now=NOW.timestamp())["说"] == "好"
    bad = [
        (SECRET, headers, body + b" ", NOW),
        (SECRET, headers, body, NOW + timedelta(seconds=301)),
        ("whsec_AAAA", headers, body, NOW),
        (SECRET, {**headers, "Webhook-Id": "msg_2"}, body, NOW),
        (SECRET, {}, body, NOW),
    ]
    for secret, given, said, at in bad:
        with pytest.raises(WebhookForged):
            verify_webhook(secret, given, said, now=at.timestamp())


def test_the_javascript_client_believes_genuine_webhooks_only(tmp_path: Path) -> None:
    body = '{"type":"deeds.settled","说":"好"}'
    told = delivery(body.encode(), NOW)
    script = f"""
import {{ verifyWebhook }} from {json.dumps(JS.as_uri())};
const now = {int(NOW.timestamp())}, headers = {json.dumps(told)}, body = {json.dumps(body)}, secret = "{SECRET}";
const tries = [
  [secret, headers, body, now], [secret, headers, body + " ", now], [secret, headers, body, now + 301],
  ["whsec_AAAA", headers, body, now], [secret, {{}}, body, now],
];
const out = [];
for (const [key, given, said, at] of tries) {{
  try {{ out.push((await verifyWebhook(key, given, said, {{ now: at }})).type); }} catch (fault) {{ out.push(fault.name); }}
}}
console.log(JSON.stringify(out));
"""
    assert run_node(script) == ["deeds.settled", *["WebhookForged"] * 4]


def test_the_javascript_client_reports_in_requests_and_tells_a_refusal() -> None:
    script = f"""
import {{ Key, RedFlower }} from {json.dumps(JS.as_uri())};
const sizes = [];
const platform = async (url, request) => {{
  const {{ deeds }} = JSON.parse(new TextDecoder().decode(request.body));
  sizes.push(deeds.length);
  if (deeds[0].id === "bad") return new Response(JSON.stringify({{ code: "key_revoked", title: "no" }}), {{ status: 401 }});
  return new Response(JSON.stringify({{ answers: deeds.map(({{ id }}) => ({{ id, status: "accepted", flowers: 2 }})) }}));
}};
const flowers = new RedFlower("https://flower.example/", await Key.fromPem({json.dumps(PEM)}, "key-1"), {{ fetch: platform }});
const report = await flowers.reportDeeds(Array.from({{ length: 2500 }}, (_, n) => ({{ id: "d-" + n }})));
const refused = await flowers.reportDeeds([{{ id: "bad" }}]).catch((fault) => fault.name + " " + fault.code);
console.log(JSON.stringify([sizes, report.flowers, report.answers.at(-1).id, refused]));
"""
    assert run_node(script) == [[1000, 1000, 500, 1], 5000, "d-2499", "Problem key_revoked"]


def _answer_in_the_language_asked(request: httpx.Request) -> httpx.Response:
    asked = request.headers["accept-language"]
    return httpx.Response(
        200, json={"answers": [{"id": "d-1", "status": "refused", "message": asked}], "campaigns": []}
    )


@pytest.mark.parametrize(("named", "asked"), [({}, "zh-Hans"), ({"language": "en"}, "en")])
def test_sentences_come_in_the_language_a_client_was_made_with(named: dict[str, str], asked: str) -> None:
    http = httpx.Client(transport=httpx.MockTransport(_answer_in_the_language_asked))
    with Client("https://flower.example", KEY, http=http, **named) as client:  # type: ignore[arg-type]
        [answer] = client.report_deeds([Deed("d-1", "daily-steps", "u-1", NOW)]).answers
    assert answer.message == asked
