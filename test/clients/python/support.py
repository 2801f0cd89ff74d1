"""What the scenarios of both Python clients stand on: their set-up, the way to the emulator, the truth, and a place to report to."""
import csv
import datetime
import decimal
import hashlib
import io
import json
import os
import sys
import traceback
import urllib.parse
import urllib.request

import requests

SETUP = json.loads(os.environ["CLIENT_SETUP"])
EMULATOR = urllib.parse.urlsplit(SETUP["url"])
USER = SETUP["user"]
SANDBOX_USER = SETUP["sandboxUser"]
APP = SETUP["app"]
LARGE = SETUP["rows"]
# Records that scenarios insert: an org takes each by itself, so that more of them prove nothing but patience.
MANY = min(LARGE, 6_000)

csv.field_size_limit(1 << 30)


def redirect_to_emulator():
    """Sends what the clients send to hosts of Salesforce, or to the org's own by https, to the emulator: the clients stay as they are."""
    send = requests.adapters.HTTPAdapter.send

    def redirected(adapter, request, *args, **kwargs):
        target = urllib.parse.urlsplit(request.url)
        if target.netloc != EMULATOR.netloc and not target.hostname.endswith(".salesforce.com"):
            raise AssertionError(f"A client went to {target.netloc}, which is neither Salesforce nor the org.")
        request.headers["Host"] = target.netloc
        request.url = target._replace(scheme=EMULATOR.scheme, netloc=EMULATOR.netloc).geturl()
        kwargs["proxies"] = {}
        return send(adapter, request, *args, **kwargs)

    requests.adapters.HTTPAdapter.send = redirected


def post_json(url, body):
    """The scenarios' own way over the network, which is not the clients'."""
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request) as response:
        text = response.read()
        return json.loads(text) if text else None


def truth(sql, *parameters):
    """Rows of the org's own storage."""
    return post_json(SETUP["truthUrl"], {"sql": sql, "parameters": list(parameters)})


def control(path, body=None):
    """Moves the emulator from outside: faults, expired sessions, limits."""
    return post_json(f"{SETUP['url']}/__emulator{path}", body or {})


def expire_sessions():
    control("/orgs/acme/expire-sessions")


# Fields of Account that a hash is made of, with how the storage writes each: one of every kind, long texts first.
FIELDS = {
    "Name": '"Name"',
    "Description": '"Description"',
    "Short_Note__c": '"Short_Note__c"',
    "External_Key__c": '"External_Key__c"',
    "NumberOfEmployees": '"NumberOfEmployees"::text',
    "AnnualRevenue": 'trim_scale("AnnualRevenue")::text',
    "Strategic__c": '"Strategic__c"::text',
    "Renewal_Date__c": '"Renewal_Date__c"::text',
    "SystemModstamp": '((extract(epoch FROM "SystemModstamp") * 1000)::bigint)::text',
}
SELECT_FIELDS = f"SELECT Id, {', '.join(FIELDS)} FROM Account"
NOTHING = "\x02"


def truth_hashes(condition='NOT "IsDeleted"'):
    """A hash of every account by its id, made by the storage."""
    values = " || E'\\x1f' || ".join(f"coalesce({sql}, E'\\x02')" for sql in FIELDS.values())
    rows = truth(f'SELECT "Id" AS id, md5({values}) AS hash FROM "Account" WHERE {condition}')
    return {row["id"]: row["hash"] for row in rows}


def canonical(name, value):
    """A value as every API shows it in its own way, in the one way that is hashed."""
    if value is None or value == "":
        return NOTHING
    if name == "SystemModstamp":
        if isinstance(value, int):
            return str(value)
        text = value.replace("Z", "+00:00").replace("+0000", "+00:00")
        return str(round(datetime.datetime.fromisoformat(text).timestamp() * 1000))
    if name == "Renewal_Date__c" and isinstance(value, int):
        return datetime.datetime.fromtimestamp(value / 1000, datetime.timezone.utc).date().isoformat()
    if name == "AnnualRevenue":
        text = format(decimal.Decimal(str(value)), "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def hashes(records):
    """A hash of every record by its id, made of what a client got; an id that comes twice is a failure."""
    found = {}
    for record in records:
        text = "\x1f".join(canonical(name, record[name]) for name in FIELDS)
        assert record["Id"] not in found, f"{record['Id']} came twice"
        found[record["Id"]] = hashlib.md5(text.encode()).hexdigest()
    return found


def csv_records(text):
    """Records of a CSV with its header; line ends inside of values stay as they are."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


def same(found, expected, what="value"):
    """Fails with the first differences, not with all of two large collections."""
    if found == expected:
        return
    if isinstance(found, dict) and isinstance(expected, dict):
        missing = [key for key in expected if key not in found]
        extra = [key for key in found if key not in expected]
        other = [key for key in expected if key in found and found[key] != expected[key]]
        raise AssertionError(
            f"{what}: {len(missing)} missing {missing[:3]}, {len(extra)} too many {extra[:3]}, "
            f"{len(other)} different {[(key, found[key], expected[key]) for key in other[:3]]}"
        )
    raise AssertionError(f"{what}: got {str(found)[:1500]}, expected {str(expected)[:1500]}")


def raises(kind, work):
    """The exception of this kind that the work ends in."""
    try:
        result = work()
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} was expected, and {str(result)[:300]} came.")


SCENARIOS = []


def scenario(name):
    """Marks a function as a scenario of this name."""

    def register(work):
        SCENARIOS.append((name, work))
        return work

    return register


def run_scenarios():
    """Runs all scenarios, in order, prints how each ended, and returns the exit status."""
    redirect_to_emulator()
    status = 0
    for name, work in SCENARIOS:
        outcome = {"scenario": name, "passed": True}
        try:
            work()
        except Exception as error:  # whatever it is, the scenario failed by it
            status = 1
            place = traceback.format_exception(type(error), error, error.__traceback__)[-2].strip()
            outcome.update(passed=False, difference=f"{type(error).__name__}: {str(error)[:3000]}\n  {place}")
        print(json.dumps(outcome, separators=(",", ":")), flush=True)
    return status


def main():
    sys.exit(run_scenarios())
