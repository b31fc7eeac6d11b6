#!/usr/bin/env python3
"""Check a log that Usher exported, without Usher: its chain, its seals, and anchors that were kept elsewhere.

    python3 verify_audit.py events.jsonl --anchors FOLDER --key PUBLIC_KEY

The file is read line by line, whatever its size. The public key is what `manage.py audit key --public` prints and the
portal shows on its audit page: get it by another way than the file. Signatures are checked with the Python package
`cryptography`; without it the rest is checked, and what was not is said.
Approvals that a passkey has to sign are checked: this request, by this person, with a passkey that counted by then.

Exit: 0 it holds · 1 it does not · 2 wrong usage · 3 it holds as far as was checked, and signatures were not.
"""

import argparse
import base64
import datetime
import hashlib
import json
import os
import sys

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key
except ImportError:
    Ed25519PublicKey, InvalidSignature = None, ValueError

FACTS = ("at", "actor", "actor_id", "actor_name", "person_id", "type", "request", "grant", "subject", "data")
ANCHOR, HEADER, LINK = "usher-anchor", "usher-log", "usher-link"


class Wrong(Exception):
    """What is told of the first event that is missing or bent."""


def text_of(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def link(seq, previous, digest):
    return sha256("%d:%s:%s" % (seq, previous, digest))


def hash_of(event):
    """What the hash of an event has to be."""
    if event.get("format", 1) == 2:
        return link(event["seq"], event["previous"], sha256(text_of([event[name] for name in FACTS])))
    names = ("actor", "type", "request", "grant", "subject", "data", "previous")
    told = [event["seq"], event["at"].replace("Z", "+00:00"), *(event[name] for name in names)]
    people = [event.get(name) for name in ("actor_id", "actor_name", "person_id")]
    return sha256(text_of(told + [people] if people != [None, None, None] else told))


def from_base64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None


class Approvals:
    """Approvals that a passkey has to sign. Remembers what such flows were asked, passkeys, and what they signed."""

    def __init__(self):
        self.whole, self.unchecked = True, 0
        self.asked, self.passkeys, self.used, self.lost = {}, {}, set(), set()

    def event(self, event):
        kind, ref, data = event["type"], event["request"], event["data"]
        if kind == "request.asked" and {"passkey", "passkey_break_glass"} & set(data.get("policy", ())):
            self.asked[ref] = {**data, "account": data["account_id"], "by": set()}
        elif kind in ("request.approval", "request.approved"):
            self.approval(event, self.asked.get(ref))
        elif kind == "request.approval_void" and self.asked.get(ref):
            self.asked[ref]["by"].discard(data["whose_id"])
        elif kind == "grant.scheduled" and self.asked.get(ref, "approved") != "approved":
            raise Wrong("Event %d gives access to %s, which nobody had approved." % (event["seq"], ref))
        elif kind == "passkey.registered":
            if data["credential"] in self.lost or data["credential"] in self.passkeys:
                raise Wrong("Event %d registers a passkey that was there, or had signed, before." % event["seq"])
            self.passkeys[data["credential"]] = {**data, "person_id": event["person_id"]}
        elif kind == "passkey.removed":
            self.passkeys.pop(data["credential"], None)
        elif kind == "passkey.confirmed" and event["actor_id"] != event["person_id"]:
            self.passkeys.get(data["credential"], {})["counts_from"] = event["at"]
        if kind in ("request.approved", "request.denied", "request.withdrawn", "request.lapsed") and ref in self.asked:
            self.asked[ref] = kind[8:]

    def approval(self, event, asked):
        data, name = event["data"], "Event %d, which approves %s," % (event["seq"], event["request"])
        if isinstance(asked, str):
            raise Wrong("%s comes when it was %s already." % (name, asked))
        emergency = data.get("path") == "break_glass"
        needed = asked and asked["policy"].get("passkey_break_glass" if emergency else "passkey")
        if needed and "signature" not in data:
            raise Wrong("%s has no signature of a passkey, and its flow demands one." % name)
        judged = self.judged(event, data["signature"], asked, emergency) if "signature" in data else ()
        try:
            if wrong := next((text for is_right, text in judged if not is_right), ""):
                raise Wrong("%s %s." % (name, wrong))
        except InvalidSignature:
            raise Wrong("%s has a signature that is not genuine." % name)
        if needed and not emergency:
            asked["by"].add(event["actor_id"])
            quorum = sum(max(stage["needed"], 1) for stage in asked["policy"]["stages"])
            if event["type"] == "request.approved" and len(asked["by"]) < quorum:
                raise Wrong("%s is signed by %d, and its policy needs %d." % (name, len(asked["by"]), quorum))

    def judged(self, event, given, asked, emergency):
        """What has to be right of a signature, and what is said when it is not."""
        said, at, key = given["statement"], moment(event["at"]), self.passkeys.get(given["credential"])
        text, device = from_base64url(given["client_data"]), from_base64url(given["authenticator_data"])
        client, digest = json.loads(text), hashlib.sha256(text_of(said).encode()).digest()
        about = {"verdict": "break_glass", "by_id": event["actor_id"]}
        if not emergency:
            about.update(verdict="approve", request=event["request"], seconds=event["data"]["seconds"])
        if asked:
            about.update({one: asked[one] for one in ("flow", "reason", "ticket", "policy", "account")})
            about.setdefault("seconds", asked["seconds"])
            yield moment(said["starts_at"]) == moment(asked["starts_at"]), "is signed for another start"
        subject = "target:" + said["target"] if said["target"] else "flow:" + said["flow"]
        is_this = event["subject"] == subject and all(said[name] == value for name, value in about.items())
        yield is_this and from_base64url(client["challenge"]) == digest, "is signed for something else"
        yield client["type"] == "webauthn.get" and not client.get("crossOrigin"), "is signed in another way"
        yield device[:32].hex() == sha256((key or said)["site"]), "is signed on another site"
        yield len(device) >= 37 and device[32] & 5 == 5, "is signed by a device that did not ask who it was"
        yield abs((at - moment(said["time"])).total_seconds()) <= 600, "is signed at another time"
        yield digest not in self.used, "has a signature that was used before"
        self.used.add(digest)
        if not key:
            self.lost.add(given["credential"])
            yield not self.whole, "is signed with a passkey that nobody had registered by then"
            return
        yield key["person_id"] == event["actor_id"], "is signed with the passkey of somebody else"
        yield moment(key["counts_from"]) <= at, "is signed with a passkey that was too new to count"
        self.verify(key["public_key"], from_base64url(given["signature"]), device + hashlib.sha256(text).digest())

    def verify(self, der, signature, message):
        if Ed25519PublicKey is None:
            self.unchecked += 1
            return
        key, sha = load_der_public_key(base64.b64decode(der)), hashes.SHA256()
        more = [ec.ECDSA(sha)] if isinstance(key, ec.EllipticCurvePublicKey) else [padding.PKCS1v15(), sha]
        key.verify(signature, message, *([] if isinstance(key, Ed25519PublicKey) else more))


class Check:
    """Goes through the lines of an export, and remembers nothing but the last event."""

    def __init__(self, keys, anchors):
        self.keys = set(keys)
        self.anchors = sorted(anchors, key=lambda one: one["seq"])
        self.whole = True
        self.seq, self.hash = 0, ""
        self.events = self.seals = self.met = self.unchecked = 0
        self.unproven = self.loose = 0  # events since the last seal, and those that no seal can prove
        self.used = set()  # keys that signed something
        self.next_anchor, self.approvals = 0, Approvals()

    def line(self, told):
        kind = told.get("kind")
        if kind == HEADER:
            self.whole = self.approvals.whole = bool(told.get("whole"))
        elif kind == ANCHOR:
            self.seal(told, "seal")
            self.seals += 1
        elif kind == LINK:
            if "digest" in told:
                self.step(told["seq"], self.hash, link(told["seq"], self.hash, told["digest"]))
            else:
                self.step(told["seq"], self.hash, told["hash"])
                self.loose, self.unproven = self.loose + self.unproven, 0
        else:
            self.event(told)

    def event(self, event):
        seq = event["seq"]
        if hash_of(event) != event["hash"]:
            raise Wrong("Event %d was changed: its facts do not give its hash." % seq)
        self.step(seq, event["previous"], event["hash"])
        self.approvals.event(event)
        self.events += 1
        self.unproven += 1

    def step(self, seq, previous, hash_):
        if self.whole and seq != self.seq + 1:
            raise Wrong("Event %d is missing." % (self.seq + 1))
        if seq <= self.seq:
            raise Wrong("Event %d stands after event %d." % (seq, self.seq))
        if seq == self.seq + 1 and (self.seq or self.whole) and previous != self.hash:
            raise Wrong("Event %d does not follow on the event before it." % seq)
        self.seq, self.hash = seq, hash_
        while self.next_anchor < len(self.anchors) and self.anchors[self.next_anchor]["seq"] <= seq:
            anchor = self.anchors[self.next_anchor]
            if anchor["seq"] == seq:
                self.seal(anchor, "anchor")
                self.met += 1
            self.next_anchor += 1

    def seal(self, told, what):
        where = "The %s of event %s, made at %s," % (what, told.get("seq"), told.get("at"))
        if self.keys and told["key"] not in self.keys:
            raise Wrong("%s is signed with another key: %s." % (where, told["key"]))
        if not self.is_signed(told):
            raise Wrong("%s is not genuine." % where)
        if told["seq"] == self.seq and told["hash"] != self.hash:
            raise Wrong("%s names another event: the log was computed anew or exchanged after that." % where)
        if told["seq"] == self.seq:
            self.unproven = 0
        elif self.whole:
            raise Wrong("%s stands after event %d." % (where, self.seq))
        self.used.add(told["key"])

    def is_signed(self, told):
        if Ed25519PublicKey is None:
            self.unchecked += 1
            return True
        statement = text_of(["usher seal 1", told["seq"], told["hash"], told["at"]]).encode()
        try:
            key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(told["key"]))
            key.verify(bytes.fromhex(told["signature"]), statement)
        except (InvalidSignature, ValueError, TypeError):
            return False
        return True

    def end(self):
        later = [one for one in self.anchors if one["seq"] > self.seq]
        if later and self.whole:
            first = later[0]
            raise Wrong(
                "The log ends with event %d, but the anchor of %s names event %d: its end was cut off after that."
                % (self.seq, max(one["at"] for one in later), first["seq"])
            )


def read_anchors(places):
    for place in places:
        names = [os.path.join(place, name) for name in sorted(os.listdir(place))] if os.path.isdir(place) else [place]
        for name in names:
            if name.endswith((".json", ".jsonl", ".txt")):
                with open(name, encoding="utf-8") as file:
                    for told in (json.loads(text) for text in file if text.strip().startswith("{")):
                        if told.get("kind") != ANCHOR or not isinstance(told.get("seq"), int):
                            raise Wrong("%s is no anchor." % name)
                        yield told


def say(check):
    read = (check.events, check.seals, check.met, len(check.approvals.used), check.seq)
    print("Events read: %d; seals: %d; anchors: %d; approvals by passkey: %d; the last event is %d." % read)
    if count := 0 if check.whole else check.unproven + check.loose:
        print("Events with no seal after them here, of which only their own hashes were checked: %d." % count)
    if not check.keys and check.used:
        print("Signed with, which has to be the key of the portal: %s" % ", ".join(sorted(check.used)))
    if lost := len(check.approvals.lost):
        print("Passkeys whose signatures were NOT checked, as their registration is not in this file: %d." % lost)
    if unchecked := check.unchecked + check.approvals.unchecked:
        print("Signatures that were NOT checked: %d. Install the Python package cryptography." % unchecked)
    print("It holds.")
    return 3 if unchecked or lost else 0


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", help="an export as JSON lines; - is the standard input")
    parser.add_argument("--anchors", action="append", default=[], help="a folder of anchors, or one; repeatable")
    parser.add_argument("--key", action="append", default=[], help="a public key of the portal; repeatable")
    options = parser.parse_args(argv)
    check = None
    try:
        check = Check(options.key, read_anchors(options.anchors))
        with sys.stdin if options.file == "-" else open(options.file, encoding="utf-8") as lines:
            for number, text in enumerate(lines, 1):
                try:
                    check.line(json.loads(text))
                except (KeyError, TypeError, ValueError, AttributeError) as error:
                    raise Wrong("Line %d can't be read: %s." % (number, type(error).__name__))
        check.end()
    except OSError as error:
        print("It can't be opened: %s." % error.strerror, file=sys.stderr)
        return 2
    except (Wrong, ValueError) as wrong:
        print("It does NOT hold. %s" % wrong)
        known = [one["at"] for one in (check.anchors if check else []) if one["seq"] > check.seq]
        if known:
            print("What is wrong here was still right at %s, says an anchor." % max(known))
        return 1
    return say(check)


if __name__ == "__main__":
    sys.exit(main())
