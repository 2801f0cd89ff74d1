"""salesforce-bulk, as published, against the emulator."""
import json
import xml.etree.ElementTree as ET

from salesforce_bulk import CsvDictsAdapter, SalesforceBulk
from salesforce_bulk.salesforce_bulk import BulkApiError, BulkBatchFailed
from simple_salesforce.exceptions import SalesforceAuthenticationFailed

from support import (
    FIELDS,
    LARGE,
    MANY,
    SANDBOX_USER,
    SELECT_FIELDS,
    SETUP,
    USER,
    control,
    csv_records,
    expire_sessions,
    hashes,
    main,
    raises,
    same,
    scenario,
    truth,
    truth_hashes,
)

VERSION = "62.0"
NAMESPACE = "{http://www.force.com/2009/06/asyncapi/dataload}"
NASTY = 'Quote "q", \'single\'\nnew line\r\nreturn,\ttab \u00e4\u4f60\U0001f600'


def login(**more):
    return SalesforceBulk(
        username=USER["username"], password=USER["password"], security_token=USER["securityToken"], API_version=VERSION, **more
    )


_shared = []


def bulk():
    """One session for what has nothing to do with sessions."""
    if not _shared:
        _shared.append(login())
    return _shared[0]


def wait(client, job, batch):
    client.wait_for_batch(job, batch, timeout=600, sleep_interval=0.2)


def results(client, batch):
    """Texts of all results of a query's batch."""
    return [result.read().decode() for result in client.get_all_results_for_query_batch(batch)]


def query(client, soql, content_type="CSV", kind="query"):
    create = client.create_queryall_job if kind == "queryAll" else client.create_query_job
    job = create("Account", contentType=content_type)
    batch = client.query(job, soql)
    client.close_job(job)
    wait(client, job, batch)
    return results(client, batch)


def change(kind, rows, **more):
    """Runs one CSV batch of changes, and returns what became of its rows."""
    job = bulk().create_job("Account", kind, contentType="CSV", **more)
    batch = bulk().post_batch(job, CsvDictsAdapter(iter(rows)))
    wait(bulk(), job, batch)
    bulk().close_job(job)
    return bulk().get_batch_results(batch, job)


def one_row(client):
    return len(csv_records(query(client, "SELECT Id FROM Account LIMIT 1")[0]))


def ids_by_key(prefix):
    rows = truth('SELECT "Id" AS id, "External_Key__c" AS key FROM "Account" WHERE "External_Key__c" LIKE $1', f"{prefix}-%")
    return {row["key"]: row["id"] for row in rows}


def stored(prefix):
    rows = truth(
        'SELECT "External_Key__c" AS key, "Name" AS name, "Description" AS text FROM "Account" WHERE "External_Key__c" LIKE $1 AND NOT "IsDeleted"',
        f"{prefix}-%",
    )
    return {row["key"]: (row["name"], row["text"]) for row in rows}


def rows_of(prefix, count):
    return [{"Name": f"{prefix} {index}", "External_Key__c": f"{prefix}-{index}", "Description": f"{NASTY} {index}" if index % 3 else ""} for index in range(count)]


def expected(rows):
    return {row["External_Key__c"]: (row["Name"], row["Description"] or None) for row in rows}


# Logins


@scenario("login with a security token")
def _():
    same(one_row(login()), 1)


@scenario("login from a trusted network, with the organization id")
def _():
    client = SalesforceBulk(username=USER["username"], password=USER["password"], organizationId=SETUP["org"]["id"], API_version=VERSION)
    same(one_row(client), 1)


@scenario("login to a sandbox")
def _():
    client = SalesforceBulk(
        username=SANDBOX_USER["username"],
        password=SANDBOX_USER["password"],
        security_token=SANDBOX_USER["securityToken"],
        sandbox=True,
        API_version=VERSION,
    )
    same(one_row(client), 1)
    same(raises(SalesforceAuthenticationFailed, lambda: login(sandbox=True)).code, "INVALID_LOGIN")


@scenario("login at the My Domain")
def _():
    same(one_row(login(domain="acme.my")), 1)
    same(raises(SalesforceAuthenticationFailed, lambda: login(domain="other.my")).code, "INVALID_LOGIN")


@scenario("a session of somebody else, by host and by address")
def _():
    token = login().sessionId
    host = SETUP["url"].removeprefix("http://")
    same(one_row(SalesforceBulk(sessionId=token, host=host, API_version=VERSION)), 1)
    same(one_row(SalesforceBulk(sessionId=token, host=f"https://{host}")), 1)  # its own version, 40.0


@scenario("a wrong password is refused")
def _():
    wrong = lambda: SalesforceBulk(username=USER["username"], password="wrong", security_token="x")
    same(raises(SalesforceAuthenticationFailed, wrong).code, "INVALID_LOGIN")


@scenario("a session that ended is refused, and the next one goes on with the job")
def _():
    client = login()
    job = client.create_query_job("Account")
    batch = client.query(job, "SELECT Id FROM Account LIMIT 5")
    wait(client, job, batch)
    expire_sessions()
    error = raises(BulkApiError, lambda: client.job_status(job))
    same(error.status_code, 400)
    assert "<exceptionCode>InvalidSessionId</exceptionCode>" in str(error), error
    client.sessionId = login().sessionId
    same(len(csv_records(results(client, batch)[0])), 5)
    _shared.clear()


# Queries


@scenario("large: a query in CSV, in several results, by id and hash")
def _():
    texts = query(bulk(), SELECT_FIELDS)
    assert len(texts) >= 3, len(texts)
    same(hashes([record for text in texts for record in csv_records(text)]), truth_hashes(), "accounts")


@scenario("large: queryAll brings the deleted ones too")
def _():
    texts = query(bulk(), SELECT_FIELDS, kind="queryAll")
    found = hashes([record for text in texts for record in csv_records(text)])
    assert len(found) > len(truth_hashes()), "nothing is deleted"
    same(found, truth_hashes("true"), "accounts")


@scenario("large: a query in JSON, by id and hash")
def _():
    texts = query(bulk(), SELECT_FIELDS, "JSON")
    same(hashes([record for text in texts for record in json.loads(text)]), truth_hashes(), "accounts")


@scenario("a query in XML, by id and hash")
def _():
    records = []
    for text in query(bulk(), SELECT_FIELDS.replace("Description, ", "") + " WHERE Strategic__c = true", "XML"):
        for element in ET.fromstring(text):
            # An id comes twice; the later one is the field.
            record = {child.tag.removeprefix(NAMESPACE): child.text for child in element}
            records.append({**{name: None for name in FIELDS}, **record})
    values = " || E'\\x1f' || ".join("E'\\x02'" if name == "Description" else f"coalesce({sql}, E'\\x02')" for name, sql in FIELDS.items())
    rows = truth(f'SELECT "Id" AS id, md5({values}) AS hash FROM "Account" WHERE NOT "IsDeleted" AND "Strategic__c"')
    assert rows, "no account is strategic"
    same(hashes(records), {row["id"]: row["hash"] for row in rows}, "accounts")


@scenario("large: PK chunking cuts a query into batches that together bring everything")
def _():
    size = LARGE // 4
    job = bulk().create_query_job("Account", contentType="CSV", pk_chunking=size)
    original = bulk().query(job, SELECT_FIELDS)
    error = raises(BulkBatchFailed, lambda: bulk().wait_for_batch(job, original, sleep_interval=0.2))
    same(error.state, "NotProcessed")
    chunks = [batch["id"] for batch in bulk().get_batch_list(job) if batch["id"] != original]
    count = truth('SELECT count(*)::int AS n FROM "Account"')[0]["n"]
    same(len(chunks), -(-count // size))
    records = []
    for chunk in chunks:
        bulk().batches[chunk] = job
        wait(bulk(), job, chunk)
        assert " WHERE Id >= '001" in bulk().get_query_batch_request(chunk), bulk().get_query_batch_request(chunk)
        records += [record for text in results(bulk(), chunk) for record in csv_records(text)]
    bulk().close_job(job)
    same(hashes(records), truth_hashes(), "accounts")


@scenario("PK chunking takes settings as a text, and the usual size for none")
def _():
    for setting in (True, "chunkSize=250000; parent=Account"):
        job = bulk().create_query_job("Account", contentType="CSV", pk_chunking=setting)
        original = bulk().query(job, "SELECT Id FROM Account WHERE Name LIKE 'A%'")
        listed = bulk().get_batch_list(job)
        same((listed[0]["id"], listed[0]["state"]), (original, "NotProcessed"))
        assert len(listed) >= 2, listed


@scenario("a query that finds nothing says so")
def _():
    same(query(bulk(), "SELECT Id FROM Account WHERE Name = 'nobody has this name'"), ["Records not found for this query"])


@scenario("a result is read as it comes off the wire")
def _():
    job = bulk().create_query_job("Account")
    batch = bulk().query(job, "SELECT Id, Name FROM Account LIMIT 10")
    wait(bulk(), job, batch)
    [result] = bulk().get_query_batch_result_ids(batch, job)
    raw = bulk().get_query_batch_results(batch, result, job_id=job, raw=True)
    text = raw.read(decode_content=True).decode()
    same(len(csv_records(text)), 10)
    same(text.split("\n")[0], '"Id","Name"')


@scenario("a query's request is given back")
def _():
    job = bulk().create_query_job("Account")
    batch = bulk().query(job, "SELECT Id FROM Account LIMIT 2")
    same(bulk().get_query_batch_request(batch, job), "SELECT Id FROM Account LIMIT 2")


@scenario("a job is made for a query without one")
def _():
    batch = bulk().query(None, "SELECT Id FROM User")
    job = bulk().lookup_job_id(batch)
    wait(bulk(), job, batch)
    users = {row["id"] for row in truth('SELECT "Id" AS id FROM "User"')}
    same({record["Id"] for record in csv_records(results(bulk(), batch)[0])}, users)


@scenario("a failed query says why")
def _():
    job = bulk().create_query_job("Account")
    batch = bulk().query(job, "SELECT Nope FROM Account")
    error = raises(BulkBatchFailed, lambda: bulk().wait_for_batch(job, batch, sleep_interval=0.2))
    same(error.state, "Failed")
    assert error.state_message.startswith("InvalidBatch : Failed to process query: INVALID_FIELD"), error.state_message


@scenario("an org that gives up on a batch says so")
def _():
    message = "InternalServerError : Retried more than fifteen times"
    control("/faults", {"action": {"kind": "jobFailed", "message": message}})
    job = bulk().create_query_job("Account")
    batch = bulk().query(job, "SELECT Id FROM Account")
    same(raises(BulkBatchFailed, lambda: bulk().wait_for_batch(job, batch, sleep_interval=0.2)).state_message, message)


# Changes


@scenario("an insert in CSV keeps quotes, line ends and nulls")
def _():
    rows = rows_of("BC", 40)
    outcome = change("insert", rows)
    same([(result.success, result.created, result.error) for result in outcome], [("true", "true", "")] * 40)
    same(stored("BC"), expected(rows), "accounts")
    same({row["External_Key__c"]: result.id for row, result in zip(rows, outcome)}, ids_by_key("BC"), "ids")


@scenario("an insert of thousands in several batches of one job")
def _():
    size = MANY // 3
    rows = rows_of("BL", MANY)
    job = bulk().create_insert_job("Account", contentType="CSV", concurrency="Parallel")
    batches = [bulk().post_batch(job, CsvDictsAdapter(iter(rows[start : start + size]))) for start in range(0, MANY, size)]
    bulk().close_job(job)
    for batch in batches:
        wait(bulk(), job, batch)
    status = bulk().job_status(job)
    same((status["state"], status["numberBatchesCompleted"], status["numberRecordsProcessed"]), ("Closed", str(len(batches)), str(MANY)))
    same(stored("BL"), expected(rows), "accounts")


@scenario("an update changes what is there, and empties what is marked")
def _():
    ids = ids_by_key("BC")
    rows = [{"Id": ids[f"BC-{index}"], "Name": f"updated {index}", "Description": "#N/A"} for index in range(10)]
    same({(result.success, result.created) for result in change("update", rows)}, {("true", "false")})
    same({key: value for key, value in stored("BC").items() if int(key[3:]) < 10}, {f"BC-{index}": (f"updated {index}", None) for index in range(10)})


@scenario("an upsert tells new records from old ones")
def _():
    job = bulk().create_upsert_job("Account", "External_Key__c", contentType="CSV")
    rows = [{"External_Key__c": f"BC-{index}", "Name": f"upserted {index}"} for index in range(38, 42)]
    batch = bulk().post_batch(job, CsvDictsAdapter(iter(rows)))
    wait(bulk(), job, batch)
    same([result.created for result in bulk().get_batch_results(batch)], ["false", "false", "true", "true"])
    same({stored("BC")[row["External_Key__c"]][0] for row in rows}, {row["Name"] for row in rows})


@scenario("a deletion goes into the bin, a hard one past it")
def _():
    ids = [ids_by_key("BC")[f"BC-{index}"] for index in range(20, 30)]
    same({result.success for result in change("delete", [{"Id": one} for one in ids[:5]])}, {"true"})
    same({result.success for result in change("hardDelete", [{"Id": one} for one in ids[5:]])}, {"true"})
    left = truth('SELECT "Id" AS id, "IsDeleted" AS deleted FROM "Account" WHERE "Id" = ANY($1)', ids)
    same({row["id"]: row["deleted"] for row in left}, {one: True for one in ids[:5]})


@scenario("rows that fail say why, and the others are kept")
def _():
    outcome = change("insert", [{"Name": "kept", "NumberOfEmployees": "1"}, {"Name": "", "NumberOfEmployees": "2"}, {"Name": "x", "NumberOfEmployees": "many"}])
    same([result.success for result in outcome], ["true", "false", "false"])
    same(outcome[1].error, "REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --")
    same(truth('SELECT "Name" AS name FROM "Account" WHERE "Id" = $1', outcome[0].id), [{"name": "kept"}])


@scenario("an insert in JSON answers in JSON")
def _():
    job = bulk().create_insert_job("Account", contentType="JSON")
    rows = [{"Name": "json", "Description": NASTY, "NumberOfEmployees": 3, "Strategic__c": True}, {"Description": None}]
    batch = bulk().post_batch(job, json.dumps(rows))
    wait(bulk(), job, batch)
    good, bad = bulk().get_batch_results(batch)
    same((good.success, good.created, good.error, bad.success), (True, True, [], False))
    same(bad.error[0]["statusCode"], "REQUIRED_FIELD_MISSING")
    same(
        truth('SELECT "Description" AS text, "NumberOfEmployees" AS n, "Strategic__c" AS flag FROM "Account" WHERE "Id" = $1', good.id),
        [{"text": NASTY, "n": 3, "flag": True}],
    )


@scenario("an insert in XML answers in XML")
def _():
    job = bulk().create_insert_job("Account", contentType="XML")
    body = (
        '<?xml version="1.0" encoding="UTF-8"?><sObjects xmlns="http://www.force.com/2009/06/asyncapi/dataload">'
        "<sObject><Name>xml &lt;&amp;&gt;</Name><External_Key__c>BX-1</External_Key__c></sObject><sObject><Site>x</Site></sObject></sObjects>"
    )
    batch = bulk().post_batch(job, body)
    wait(bulk(), job, batch)
    good, bad = bulk().get_batch_results(batch)
    same((good.success, good.created, bad.success), (True, True, False))
    same(bad.error, [{"fields": ["Name"], "message": "Required fields are missing: [Name]", "statusCode": "REQUIRED_FIELD_MISSING"}])
    same(stored("BX"), {"BX-1": ("xml <&>", None)})


@scenario("a batch with an unknown column fails as a whole")
def _():
    failed = raises(BulkBatchFailed, lambda: change("insert", [{"Name": "x", "Nope": "y"}]))
    same(failed.state_message, "InvalidBatch : Field name not found : Nope")


# Jobs


@scenario("a job tells its batches, and what they did")
def _():
    job = bulk().create_query_job("Account", concurrency="Serial")
    batches = [bulk().query(job, f"SELECT Id FROM Account LIMIT {limit}") for limit in (3, 4)]
    for batch in batches:
        wait(bulk(), job, batch)
    same([(batch["id"], batch["numberRecordsProcessed"]) for batch in bulk().get_batch_list(job)], list(zip(batches, ["3", "4"])))
    status = bulk().job_status(job)
    same(
        {name: status[name] for name in ("operation", "object", "concurrencyMode", "contentType", "numberBatchesTotal", "numberRecordsProcessed", "apiVersion")},
        {"operation": "query", "object": "Account", "concurrencyMode": "Serial", "contentType": "CSV", "numberBatchesTotal": "2", "numberRecordsProcessed": "7", "apiVersion": "62.0"},
    )
    same(bulk().job_state(job), "Open")
    bulk().close_job(job)
    same(bulk().job_state(job), "Closed")


@scenario("an aborted job leaves its batches unprocessed")
def _():
    control("/faults", {"action": {"kind": "jobStuck"}})
    job = bulk().create_query_job("Account")
    batch = bulk().query(job, "SELECT Id FROM Account")
    same(bulk().is_batch_done(batch, job), False)
    bulk().abort_job(job)
    same(bulk().job_state(job), "Aborted")
    same(raises(BulkBatchFailed, lambda: bulk().is_batch_done(batch, job)).state, "NotProcessed")


@scenario("a closed job takes no more batches")
def _():
    job = bulk().create_query_job("Account")
    bulk().close_job(job)
    error = raises(BulkApiError, lambda: bulk().query(job, "SELECT Id FROM Account"))
    assert "InvalidJobState" in str(error) and "Current job state is 'Closed'" in str(error).replace("&apos;", "'"), error


@scenario("jobs, batches and objects that are not there are refused")
def _():
    assert "InvalidJob" in str(raises(BulkApiError, lambda: bulk().job_status("750000000000000AAA")))
    job = bulk().create_query_job("Account")
    assert "InvalidBatch" in str(raises(BulkApiError, lambda: bulk().batch_status("751000000000000AAA", job)))
    assert "InvalidJob" in str(raises(BulkApiError, lambda: bulk().create_query_job("Nope")))
    assert "InvalidJob" in str(raises(BulkApiError, lambda: bulk().create_upsert_job("Account", "Site")))
    assert "InvalidUrl" in str(raises(BulkApiError, lambda: bulk().post_mapping_file(job, "x")))


@scenario("the daily limit is a refusal")
def _():
    control("/faults", {"action": {"kind": "requestLimit", "which": "total"}})
    error = raises(BulkApiError, lambda: bulk().create_query_job("Account"))
    assert "ExceededQuota" in str(error) and "TotalRequests Limit exceeded." in str(error), error


@scenario("an org under maintenance answers with no XML")
def _():
    control("/faults", {"action": {"kind": "unavailable"}})
    same(raises(BulkApiError, lambda: bulk().create_query_job("Account")).status_code, 503)


if __name__ == "__main__":
    main()
