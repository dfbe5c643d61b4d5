#!/usr/bin/env python3
"""http_auth.py RIFFLE: OAuth 1.0a, OAuth 2 and JWT of http_client against Python's server, hashes and openssl; answers that are passed on.

Prints one line a check and ends with `N passed, N failed`. Needs: openssl.
"""
import base64, hashlib, hmac, json, os, re, subprocess, sys, tempfile, threading, time, urllib.parse

from lib import checks
from lib.checks import check, wait_for
from lib.http_peer import Peer, Riffle, ask, free_port

RIFFLE = os.path.abspath(sys.argv[1])
checks.slow = 6 if "asan" in RIFFLE or "tsan" in RIFFLE else 1
WAIT = 30


def sends(work, url, count, input=None, **fields):
    path = os.path.join(work, "in%d" % Riffle.count)
    with open(path, "w") as f:
        f.write("".join("m%d\n" % i for i in range(count)))
    return Riffle(RIFFLE, work, {"http": {"enabled": False}, "input": input or {"file": {"paths": [path]}},
                                 "output": {"http_client": {"url": url, "retry_period": "50ms", **fields}}})


class Tokens:
    """Gives out tokens t1, t2, …, and knows which are good."""

    def __init__(self, seconds=3600, in_form=False):
        self.seconds, self.in_form, self.given, self.refuses = seconds, in_form, [], False
        self.peer = Peer(self.give)
        self.url = "http://127.0.0.1:%d/token" % self.peer.port

    def give(self, number, request):
        form = urllib.parse.parse_qs(request["body"].decode())
        basic = "Basic " + base64.b64encode(b"client%26:se%20cret").decode()
        known = (form.get("client_id") == ["client&"] and form.get("client_secret") == ["se cret"]) if self.in_form else request["headers"].get("Authorization") == basic
        if self.refuses:
            return 500, {}, b"not now"
        if not known:
            return 401, {"Content-Type": "application/json"}, b'{"error":"invalid_client"}'
        self.given.append("t%d" % (len(self.given) + 1))
        return 200, {"Content-Type": "application/json"}, json.dumps({"access_token": self.given[-1], "token_type": "Bearer", "expires_in": self.seconds}).encode()

    def conf(self, **more):
        return {"enabled": True, "client_key": "client&", "client_secret": "se cret", "token_url": self.url, **more}


def bearers(peer):
    return [request["headers"].get("Authorization") for request in list(peer.requests)]


def test_oauth2(work):
    tokens, peer = Tokens(), Peer()
    url = "http://127.0.0.1:%d/" % peer.port
    riffle = sends(work, url, 200, oauth2=tokens.conf(scopes=["read", "write"], endpoint_params={"audience": ["plant", "site"]}))
    check("oauth2: all are sent with one token", riffle.wait(60 * checks.slow) == 0 and bearers(peer) == ["Bearer t1"] * 200 and tokens.given == ["t1"], riffle.log[-3:])
    form = urllib.parse.parse_qs(tokens.peer.requests[0]["body"].decode())
    check("oauth2: scopes and parameters are asked for", form == {"grant_type": ["client_credentials"], "scope": ["read write"], "audience": ["plant", "site"]}, form)
    check("oauth2: by a form", tokens.peer.requests[0]["headers"].get("Content-Type") == "application/x-www-form-urlencoded")

    tokens, peer = Tokens(in_form=True), Peer()
    riffle = sends(work, "http://127.0.0.1:%d/" % peer.port, 5, max_in_flight=1, oauth2=tokens.conf())
    check("oauth2: a server that wants key and secret in the form", riffle.wait(60 * checks.slow) == 0 and bearers(peer) == ["Bearer t1"] * 5, riffle.log[-3:])

    # Two seconds of life: it is used for one, then there is another.
    tokens, peer = Tokens(seconds=2), Peer()
    script = {"generate": {"mapping": "root = 1", "interval": "100ms", "count": 60}}
    riffle = sends(work, "http://127.0.0.1:%d/" % peer.port, 0, input=script, oauth2=tokens.conf())
    check("oauth2: a token is renewed before its end", wait_for(lambda: len(set(bearers(peer))) >= 3, WAIT) and len(tokens.given) <= len(peer.requests), bearers(peer))
    riffle.end()

    tokens = Tokens()
    peer = Peer(lambda number, request: (401 if request["headers"].get("Authorization") == "Bearer t1" and number >= 3 else 200, {}, b""))
    riffle = sends(work, "http://127.0.0.1:%d/" % peer.port, 6, max_in_flight=1, oauth2=tokens.conf())
    check("oauth2: one that is refused is replaced", riffle.wait(60 * checks.slow) == 0 and bearers(peer)[-3:] == ["Bearer t2"] * 3 and tokens.given == ["t1", "t2"],
          (bearers(peer), riffle.log[-3:]))

    tokens, peer = Tokens(), Peer()
    tokens.refuses = True
    riffle = sends(work, "http://127.0.0.1:%d/" % peer.port, 3, retries=0, oauth2=tokens.conf())
    check("oauth2: no token is told, and nothing sent without", wait_for(lambda: riffle.says("no token: "), WAIT) and not peer.requests, riffle.log[-3:])
    tokens.refuses = False
    check("oauth2: when there is one again, all goes out", riffle.wait(60 * checks.slow) == 0 and sorted(peer.bodies()) == [b"m0", b"m1", b"m2"], riffle.log[-3:])

    tokens, peer = Tokens(), Peer(lambda number, request: (200, {}, b"answer"))
    path = os.path.join(work, "asked")
    riffle = Riffle(RIFFLE, work, {"http": {"enabled": False}, "input": {"file": {"paths": [os.path.join(work, "in0")]}}, "pipeline": {"threads": 2, "processors": [
        {"http": {"url": "http://127.0.0.1:%d/" % peer.port, "parallel": True, "oauth2": tokens.conf()}}]}, "output": {"file": {"path": path}}})
    status = riffle.wait(60 * checks.slow)
    check("oauth2: the processor, several at a time", status == 0 and open(path).read() == "answer\n" * 200 and set(bearers(peer)) == {"Bearer %s" % t for t in tokens.given},
          (status, riffle.log[-3:]))
    peer = Peer()
    other = Peer(lambda number, request: (307, {"Location": "http://localhost:%d/x" % peer.port}, b""))
    riffle = sends(work, "http://127.0.0.1:%d/" % other.port, 1, oauth2=Tokens().conf())
    check("oauth2: another host that a redirect leads to does not get the token", riffle.wait(60 * checks.slow) == 0 and bearers(peer) == [None], bearers(peer))


def quote(text):
    return urllib.parse.quote(text, safe="-._~")


def test_oauth1(work):
    peer = Peer(lambda number, request: (500 if number == 0 else 200, {}, b""))
    url = "http://127.0.0.1:%d/a%%20b" % peer.port
    riffle = sends(work, url + "?z=1&a=x+y&a=%C3%A9", 3, max_in_flight=1,
                   oauth={"enabled": True, "consumer_key": "key/1", "consumer_secret": "s&1", "access_token": "to ken", "access_token_secret": "s=2"})
    check("oauth: all are sent", riffle.wait(60 * checks.slow) == 0 and len(peer.requests) == 4, riffle.log[-3:])
    nonces = set()
    for request in peer.requests:
        header = request["headers"].get("Authorization", "")
        fields = {name: urllib.parse.unquote(value) for name, value in re.findall(r'(\w+)="([^"]*)"', header)}
        signature = fields.pop("oauth_signature", "")
        nonces.add(fields.get("oauth_nonce"))
        pairs = sorted((quote(k), quote(v)) for k, v in [*fields.items(), ("z", "1"), ("a", "x y"), ("a", "é")])
        base = "&".join(("POST", quote(url), quote("&".join("%s=%s" % pair for pair in pairs))))
        ours = base64.b64encode(hmac.new((quote("s&1") + "&" + quote("s=2")).encode(), base.encode(), hashlib.sha1).digest()).decode()
        good = header.startswith("OAuth ") and signature == ours and abs(int(fields["oauth_timestamp"]) - time.time()) < 600
        if not good or request is peer.requests[-1]:
            check("oauth: Python comes to the same signatures", good, (header, base, ours))
    check("oauth: each try has its own", len(nonces) == 4, nonces)


def test_jwt(work):
    key, public = os.path.join(work, "jwt.key"), os.path.join(work, "jwt.pub")
    for method, make in (("RS256", ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"]), ("RS512", ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"]), ("EdDSA", ["ED25519"])):
        subprocess.run(["openssl", "genpkey", "-algorithm", *make, "-out", key], check=True, capture_output=True)
        subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-out", public], check=True, capture_output=True)
        peer = Peer()
        riffle = sends(work, "http://127.0.0.1:%d/" % peer.port, 3, jwt={"enabled": True, "private_key_file": key, "signing_method": method,
                       "claims": {"sub": "gateway 7", "n": 5, "list": ["a"]}, "headers": {"kid": "k1"}})
        check("jwt %s: all are sent" % method, riffle.wait(60 * checks.slow) == 0 and len(peer.requests) == 3, riffle.log[-3:])
        token = (bearers(peer)[0] or "Bearer ..").split(" ", 1)[1]
        head, claims, signature = token.split(".")
        parts = [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in (head, claims, signature)]
        check("jwt %s: what it says" % method, json.loads(parts[0]) == {"alg": method, "typ": "JWT", "kid": "k1"} and
              json.loads(parts[1]) == {"sub": "gateway 7", "n": 5, "list": ["a"]}, parts[:2])
        with open(os.path.join(work, "signature"), "wb") as f:
            f.write(parts[2])
        with open(os.path.join(work, "text"), "wb") as f:
            f.write((head + "." + claims).encode())
        verify = (["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", public, "-rawin", "-in", "text", "-sigfile", "signature"] if method == "EdDSA" else
                  ["openssl", "dgst", "-sha" + method[2:], "-verify", public, "-signature", "signature", "text"])
        done = subprocess.run(verify, cwd=work, capture_output=True, text=True)
        check("jwt %s: openssl verifies it" % method, done.returncode == 0, done.stdout + done.stderr)


def test_redirect(work):
    peer = Peer(lambda number, request: (302, {"Location": "/q"}, b"") if request["path"] == "/p" else (500 if number == 1 else 200, {}, b""))
    riffle = sends(work, "http://127.0.0.1:%d/p" % peer.port, 1, headers={"Content-Type": "text/x"})
    riffle.wait(60 * checks.slow)
    seen = [(request["method"], request["path"], request["headers"].get("Content-Type"), request["body"]) for request in peer.requests]
    check("a redirect makes a GET of a POST, without the type of a body; the next try has it again", seen ==
          [("POST", "/p", "text/x", b"m0"), ("GET", "/q", None, b"")] * 2, seen)


def test_propagate(work):
    peer = Peer(lambda number, request: (200, {"X-Made": "by peer"}, b"you said " + request["body"]))
    port = free_port()
    riffle = Riffle(RIFFLE, work, {"http": {"address": "127.0.0.1:%d" % port}, "input": {"http_server": {"path": "/in", "sync_response": {
                    "status": '${! meta("http_status_code") }', "headers": {"X-Told": '${! meta("x-made") }'}}}},
                    "output": {"http_client": {"url": "http://127.0.0.1:%d/" % peer.port, "propagate_response": True, "extract_headers": {"include_patterns": [".*"]}}}})
    wait_for(lambda: riffle.says("input http_server is active"), WAIT)
    status, headers, body = ask(port, "/in", b"hello")
    check("propagate_response: who asked has the server's answer", (status, headers.get("X-Told"), body) == (200, "by peer", b"you said hello"), (status, headers, body))
    results = []
    threads = [threading.Thread(target=lambda i=i: results.append(ask(port, "/in", b"%d" % i)[2] == b"you said %d" % i)) for i in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    check("propagate_response: each its own", results == [True] * 50, results)
    several = ask(port, "/in", b"--B\r\n\r\n1\r\n--B\r\n\r\n2\r\n--B--\r\n", headers={"Content-Type": "multipart/form-data; boundary=B"})
    check("propagate_response: several are a multipart answer", b"you said 1" in several[2] and b"you said 2" in several[2], several)
    riffle.end()


def ask_all(port, bodies):
    """A client each, at the same time; their answers."""
    answers = {}
    threads = [threading.Thread(target=lambda body=body: answers.update({body: ask(port, "/in", body, timeout=120)})) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(130)
    return answers


def collects(work, output):
    """Waits for three messages, and writes them together."""
    port = free_port()
    riffle = Riffle(RIFFLE, work, {"http": {"address": "127.0.0.1:%d" % port}, "input": {"http_server": {"path": "/in", "timeout": "100s", "sync_response": {
                    "headers": {"X-Told": '${! meta("x-made") }'}}}}, "output": output})
    wait_for(lambda: riffle.says("input http_server is active"), WAIT)
    return riffle, port


def test_propagate_batches(work):
    peer = Peer(lambda number, request: (500 if request["body"] == b"bad" else 200, {"X-Made": "by peer"}, b"you said " + request["body"]))
    client = {"url": "http://127.0.0.1:%d/" % peer.port, "propagate_response": True, "extract_headers": {"include_patterns": [".*"]}, "retries": 0}
    riffle, port = collects(work, {"http_client": {**client, "batching": {"count": 3}}})
    answers = ask_all(port, [b"one", b"two", b"bad"])
    check("propagate_response: who sent what was collected has the answer to it", [(answers[b][0], answers[b][1].get("X-Told"), answers[b][2]) for b in (b"one", b"two")] ==
          [(200, "by peer", b"you said one"), (200, "by peer", b"you said two")], answers)
    check("propagate_response: and who sent what was refused does not", answers[b"bad"][0] >= 500 and b"you said one" not in answers[b"bad"][2], answers)
    riffle.end()
    riffle, port = collects(work, {"http_client": {**client, "batching": {"count": 3, "processors": [{"mapping": 'root = "<" + content().string() + ">"'}]}}})
    several = b"--B\r\n\r\n1\r\n--B\r\n\r\n2\r\n--B--\r\n"
    kept = {}
    two = threading.Thread(target=lambda: kept.update(two=ask(port, "/in", several, headers={"Content-Type": "multipart/form-data; boundary=B"}, timeout=120)))
    two.start()
    answers = ask_all(port, [b"three"])
    two.join(130)
    check("propagate_response: also when processors of the batch change it, and one sent several", answers[b"three"][2] == b"you said <three>" and
          b"you said <1>" in kept["two"][2] and b"you said <2>" in kept["two"][2] and b"three" not in kept["two"][2], (answers, kept))
    riffle.end()
    riffle, port = collects(work, {"http_client": {**client, "batching": {"count": 3, "processors": [{"archive": {"format": "lines"}}]}}})
    answers = ask_all(port, [b"1", b"2", b"3"])
    check("propagate_response: of what was made of several the sender of the first has the answer", len(peer.bodies()[-1]) == 5 and
          sorted((answer[0], answer[2]) for answer in answers.values()) == [(200, b""), (200, b""), (200, b"you said " + peer.bodies()[-1])], answers)
    riffle.end()
    riffle, port = collects(work, {"http_client": {**client, "batch_as_multipart": True, "batching": {"count": 2}}})
    answers = ask_all(port, [b"1", b"2"])
    check("propagate_response: and to one request for all", {answer[2] for answer in answers.values()} == {b"you said " + peer.bodies()[-1]} and
          b"\r\n\r\n1\r\n" in peer.bodies()[-1], answers)
    riffle.end()
    riffle, port = collects(work, {"broker": {"outputs": [{"sync_response": {}}], "batching": {"count": 3, "processors": [{"mapping": 'root = content().uppercase()'}]}}})
    answers = ask_all(port, [b"a", b"b", b"c"])
    check("sync_response: each its own of what was collected", {body: answer[2] for body, answer in answers.items()} == {b"a": b"A", b"b": b"B", b"c": b"C"}, answers)
    riffle.end()
    peer.stop()


with tempfile.TemporaryDirectory() as work:
    for test in (test_oauth2, test_oauth1, test_jwt, test_redirect, test_propagate, test_propagate_batches):
        test(work)
checks.end()
