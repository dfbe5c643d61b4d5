"""Says in what a run of a recorded case differs from the recording."""
import json
import re

PLACE = re.compile(r"^(?P<file>[^\s(]*)\((?P<line>\d+),\d+\) (?P<text>.*)$")
READ_ERROR = re.compile(r"^configuration file read error: (?P<file>[^:]+): \((?P<line>\d+),\d+\) (?P<text>.*)$", re.S)
FIELD = re.compile(r'([\w@.-]+)=("(?:[^"\\]|\\.)*"|\S*)')
# Headers that clients and servers of every make choose for themselves.
OWN_HEADERS = {"user-agent", "content-length", "accept-encoding", "accept", "host", "referer", "connection", "transfer-encoding", "expect",
               "date", "server", "x-content-type-options", "traceparent"}
# Texts of ours that say the same: (recorded, ours), patterns for whole messages; \1 in ours is what the recorded one caught.
EQUIVALENT = [
    (r"parse as json: invalid character.*", r"parse as json: .*"),
    (r"run Benthos with", r"run riffle with"),
    (r"yaml: line \d+: ", r"\(\d+,\d+\) yaml: "),  # theirs is often one off
    (r"\((\d+),1\) ", r"\(\1,\d+\) "),  # theirs has no columns
]


# Log records.

def read_logfmt(line):
    fields = {}
    for name, value in FIELD.findall(line):
        fields[name] = json.loads(value) if value.startswith('"') else value
    return fields


def read_records(text):
    """(level, path, message, all fields) of each line that is a log record."""
    records = []
    for line in text.split("\n"):
        try:
            fields = json.loads(line) if line.startswith("{") else read_logfmt(line)
        except ValueError:
            continue
        if isinstance(fields, dict) and "level" in fields and "msg" in fields:
            records.append((fields["level"], fields.get("path", ""), fields["msg"], fields))
    return records


def pattern_of_ours(recorded):
    """What our text may be: the recorded one, with each part that has an equivalent in our words."""
    for theirs, mine in EQUIVALENT:
        match = re.search(theirs, recorded, re.S)
        if match:
            return pattern_of_ours(recorded[:match.start()]) + mine.replace(r"\1", match[1] if match.re.groups else "") + pattern_of_ours(recorded[match.end():])
    return re.escape(recorded)


def same_text(recorded, ours):
    return recorded == ours or re.fullmatch(pattern_of_ours(recorded), ours, re.S) is not None


def same_fields(recorded, ours):
    skipped = ("benthos_version", "time")
    return all(name in skipped or str(ours.get(name, "")).lower() == str(value).lower() for name, value in recorded.items())


def recorded_records(case):
    """Those that are about the user's config or data: from warnings up, and what a `log` processor wrote."""
    records = [(log[0], log[1], log[2], log[3] if len(log) > 3 else {}) for log in case.get("logs", [])]
    if "stderr" not in case.get("varies", []):
        records += read_records(case.get("stderr", ""))
    kept = []
    for level, path, message, fields in records:
        if "lint" in fields or message.startswith("shutting down due to"):
            continue
        if level in ("warning", "error", "fatal") or "custom_source" in fields:
            kept.append((level, path, message, fields if "custom_source" in fields else {}))
    return kept


def log_complaint(case, seen):
    if "logs" in case.get("varies", []):
        return None
    ours = read_records(seen.stderr) + read_records(seen.stdout if case.get("logs_on") == "stdout" else "")
    for level, path, message, fields in recorded_records(case):
        if not any(mine[0] == level and mine[1] == path and same_text(message, mine[2]) and same_fields(fields, mine[3]) for mine in ours):
            near = [mine[:3] for mine in ours if mine[0] in ("warning", "error", "fatal")]
            return f"no log record {level} {path} {message!r}; ours: {near[:4]}"
    return None


# Findings about the config.

def recorded_findings(case):
    whole = READ_ERROR.match(case.get("stderr", ""))
    if whole:
        return [(whole["file"], int(whole["line"]), whole["text"])]
    texts = [log[3]["lint"] for log in case.get("logs", []) if len(log) > 3 and "lint" in log[3]]
    matches = [match for match in map(PLACE.match, texts) if match]
    return [(match["file"], int(match["line"]), match["text"]) for match in matches]


def finding_complaint(case, seen):
    ours = [match for match in map(PLACE.match, seen.stderr.split("\n")) if match]
    for file, line, text in recorded_findings(case):
        if not any(mine["file"] == file and int(mine["line"]) == line and text in mine["text"] for mine in ours):
            return f"not found: {file}({line}) {text}; ours: {[mine.group(0) for mine in ours]}"
    if case["rc"] == 1 and "service closing due to" in case.get("stderr", ""):
        if not ours or "unable to infer" in seen.stderr:
            return f"it does not refuse the config for what is wrong in it: {seen.stderr[:300]!r}"
    return None


def absent_parts(seen):
    """What the config asks for and this version does not have: "input socket", "field cache_resources"."""
    components = re.findall(r"unable to infer (\w+) type from candidates: \[(\w+)\]", seen.stderr)
    fields = re.findall(r"field (\w+) is not in this version", seen.stderr)
    return sorted({" ".join(pair) for pair in components} | {"field " + name for name in fields})


# Output.

def pattern_of(text):
    """The recorded text, `<now>` standing for any clock value."""
    return ".*?".join(re.escape(part) for part in text.split("<now>"))


def without_figures(text):
    return re.sub(r"\d+", "N", re.sub(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", "DATE", text))


def collapsed(text):
    lines = text.split("\n")
    return [line for at, line in enumerate(lines) if line and (at == 0 or lines[at - 1] != line)]


def text_complaint(what, recorded, ours, case, free):
    """`free`: the member varied between two runs of the original, so that only lines are compared, in any order and without figures."""
    if case.get("stopped", "").startswith("KILL") and ours.startswith(recorded):
        return None  # the original was stuck here; what we have more came after
    if free or case.get("unordered"):
        if sorted(without_figures(ours).split("\n")) == sorted(without_figures(recorded).split("\n")):
            return None
    elif re.fullmatch(pattern_of(recorded), ours, re.S):
        return None
    elif all(same_text(*pair) for pair in zip(recorded.split("\n"), ours.split("\n"))) and recorded.count("\n") == ours.count("\n"):
        return None
    return f"{what} {ours[:400]!r}, recorded {recorded[:400]!r}"


def stdout_complaint(case, seen):
    recorded = case["stdout"]
    ours = seen.stdout
    if case.get("stdout_cut"):
        wanted = collapsed(recorded + case.get("stdout_tail", ""))
        if collapsed(ours) != wanted:
            return f"standard output {collapsed(ours)[:10]!r}, recorded {wanted!r} (repeats left out)"
        return None
    return text_complaint("standard output", recorded, ours, case, "stdout" in case.get("varies", []))


def files_complaint(case, seen):
    recorded = case.get("files_after", {})
    if "files_after" in case.get("varies", []):
        lines = [sorted(line for text in files.values() for line in text.split("\n") if line) for files in (recorded, seen.files)]
        same = lines[0] == lines[1] and sorted(recorded) == sorted(seen.files)
        return None if same else f"files {seen.files}, recorded {recorded}"
    may_have_more = case.get("stopped", "").startswith("KILL")
    if sorted(recorded) != sorted(seen.files) and not (may_have_more and set(recorded) <= set(seen.files)):
        return f"files {sorted(seen.files)}, recorded {sorted(recorded)}"
    for path, text in recorded.items():
        complaint = text_complaint(f"file {path}", text, seen.files[path], case, False)
        if complaint:
            return complaint
    if sorted(case.get("files_deleted", [])) != seen.deleted:
        return f"deleted {seen.deleted}, recorded {case.get('files_deleted', [])}"
    return None


# HTTP.

def set_headers(headers):
    return {name.lower(): value for name, value in headers.items() if name.lower() not in OWN_HEADERS}


def exchanges_complaint(case, seen):
    recorded = case.get("exchanges", [])
    free = "exchanges" in case.get("varies", [])
    if len(recorded) != len(seen.exchanges):
        return f"{len(seen.exchanges)} exchanges, recorded {len(recorded)}"
    for theirs, ours in zip(recorded, seen.exchanges):
        if theirs.get("alive") != ours.get("alive"):
            return f"alive: {ours.get('alive')}, recorded {theirs.get('alive')}"
        if theirs.get("status") != ours.get("status") or (not free and theirs.get("body") != ours.get("body")):
            return f"{ours.get('request')}: {ours.get('status', ours.get('error'))} {ours.get('body')!r}, recorded {theirs.get('status')} {theirs.get('body')!r}"
        wanted = set_headers(theirs.get("headers", {}))
        if not free and any(set_headers(ours["headers"]).get(name) != value for name, value in wanted.items()):
            return f"{ours['request']}: headers {ours['headers']}, recorded {theirs['headers']}"
    return None


def request_key(request):
    return (request["method"], request["path"], request["body"], sorted(set_headers(request["headers"]).items()))


def in_any_order(recorded, keys):
    """Requests that were under way at the same time arrive in any order: those are sorted."""
    done, begin = [], 0
    for at in range(1, len(recorded) + 1):
        if at == len(recorded) or recorded[at]["at_ms"] - recorded[at - 1]["at_ms"] > 2:
            done += sorted(keys[begin:at])
            begin = at
    return done + keys[begin:]


def requests_complaint(case, seen):
    if "server" not in case or "requests" not in case:
        return None
    recorded, ours = [request_key(one) for one in case["requests"]], [request_key(one) for one in seen.requests]
    if "requests" in case.get("varies", []):
        recorded, ours = [sorted(map(repr, set(map(repr, keys)))) for keys in (recorded, ours)]
    stuck = case.get("stopped", "").startswith("KILL")
    recorded, ours = in_any_order(case["requests"], recorded), in_any_order(case["requests"], ours)
    if recorded == ours or (stuck and ours[:len(recorded)] == recorded):
        return None
    return f"requests {ours}, recorded {recorded}"


# Its end.

def end_complaint(case, seen):
    status, stopped = seen.status, case.get("stopped", "")
    free = "rc" in case.get("varies", [])
    if stopped.startswith("KILL") or (free and case["rc"] < 0):
        # The original was stuck for good. Better: to end when asked to, or by itself, with everything done or an error that is shown.
        if seen.stopped == "KILL":
            return "it does not end when asked to"
        silent = not re.search(r"level=(error|warning)|\"level\":\"(error|warning)\"", seen.stderr)
        return "it ended badly and said nothing" if status not in (0, -15) and silent else None
    if seen.stopped and not stopped:
        return "it does not end by itself"
    if not seen.stopped and stopped:
        return f"it ended by itself with status {status}; recorded: it goes on"
    if seen.stopped == "KILL":
        return "it does not end when asked to"
    return None if (status == 0) == (case["rc"] == 0) else f"status {status}, recorded {case['rc']}"


def complaint(case, seen, ended=True):
    """What differs, or None. Before the end (`ended` false) only what it wrote is looked at."""
    if ended:
        if "Sanitizer" in seen.stderr or "runtime error:" in seen.stderr or (seen.status or 0) < 0 and seen.stopped != "KILL":
            return f"it crashed ({seen.status}): {seen.stderr[-1500:]}"
    absent = absent_parts(seen)
    if ended and absent and "unable to infer" not in case.get("stderr", "") + json.dumps(case.get("logs", [])):
        return "not in this version: " + ", ".join(absent)
    checks = [end_complaint] if ended else []
    if case["rc"] > 0:
        checks.append(finding_complaint)
    checks += [stdout_complaint, files_complaint, exchanges_complaint, requests_complaint, log_complaint]
    for check in checks:
        why = check(case, seen)
        if why:
            return f"{why}" + (f"; standard error: {seen.stderr[-300:]!r}" if check is not log_complaint and ended else "")
    return None
