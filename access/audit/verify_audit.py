#!/usr/bin/env python3
"""Check a log that Usher exported, without Usher: its chain, its seals, and anchors that were kept elsewhere.

    python3 verify_audit.py events.jsonl --anchors FOLDER --key PUBLIC_KEY

The file is read line by line, whatever its size. The public key is what `manage.py audit key --public` prints and the
portal shows on its audit page: get it by another way than the file. Signatures are checked with the Python package
`cryptography`; without it the rest is checked, and what was not is said.

Exit: 0 it holds · 1 it does not · 2 wrong usage · 3 it holds as far as was checked, and signatures were not.
"""

import argparse
import hashlib
import json
import os
import sys

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    Ed25519PublicKey = None

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


class Check:
    """Goes through the lines of an export, and remembers nothing but the last event."""

    def __init__(self, keys, anchors):
        self.keys = set(keys)
        self.anchors = sorted(anchors, key=lambda one: one["seq"])
        self.whole = True
        self.seq, self.hash = 0, ""
        self.events = self.seals = self.met = self.unchecked = 0
        self.unproven = 0  # events since the last seal
        self.loose = 0  # events that no seal can prove
        self.used = set()  # keys that signed something
        self.next_anchor = 0

    def line(self, told):
        kind = told.get("kind")
        if kind == HEADER:
            self.whole = bool(told.get("whole"))
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
                    for text in file:
                        if text.strip().startswith("{"):
                            told = json.loads(text)
                            if told.get("kind") != ANCHOR or not isinstance(told.get("seq"), int):
                                raise Wrong("%s is no anchor." % name)
                            yield told


def say(check):
    print(
        "%d events, %d seals and %d anchors were read; the last event is %d."
        % (check.events, check.seals, check.met, check.seq)
    )
    if check.unproven + check.loose and not check.whole:
        count = check.unproven + check.loose
        print("%d events have no seal after them here: only their own hashes were checked." % count)
    if not check.keys and check.used:
        print("Signed with, which has to be the key of the portal: %s" % ", ".join(sorted(check.used)))
    if check.unchecked:
        print("%d signatures were NOT checked: install the Python package cryptography." % check.unchecked)


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
    say(check)
    print("It holds.")
    return 3 if check.unchecked else 0


if __name__ == "__main__":
    sys.exit(main())
