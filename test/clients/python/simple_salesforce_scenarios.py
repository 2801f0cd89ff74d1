"""simple-salesforce, as published, against the emulator."""
import datetime
import json
import tempfile
import warnings

from simple_salesforce import Salesforce, format_soql
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceGeneralError,
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceOperationError,
    SalesforceRefusedRequest,
    SalesforceResourceNotFound,
)

from support import (
    APP,
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

NASTY = 'Quote "q", \'single\', back\\slash\nnew line\r\nreturn,\ttab; #N/A? \u00e4\u4f60\U0001f600'
VERSION = "62.0"
SMALL_PAGES = {"Sforce-Query-Options": "batchSize=200"}


def login(**more):
    return Salesforce(
        username=USER["username"],
        password=USER["password"],
        security_token=USER["securityToken"],
        version=VERSION,
        **more,
    )


_shared = []


def sf():
    """One session for what has nothing to do with sessions."""
    if not _shared:
        _shared.append(login())
    return _shared[0]


def end_sessions():
    expire_sessions()
    _shared.clear()


def users(client):
    return client.query("SELECT COUNT() FROM User")["totalSize"]


def all_users():
    return truth('SELECT count(*)::int AS n FROM "User"')[0]["n"]


def error_code(error):
    return error.content[0]["errorCode"]


def account(identifier, *fields):
    names = ", ".join(f'"{name}"' for name in fields)
    rows = truth(f'SELECT {names} FROM "Account" WHERE "Id" = $1', identifier)
    return rows[0] if rows else None


# Logins


@scenario("login by SOAP with a security token")
def _():
    same(users(login()), all_users())


@scenario("login by SOAP from a trusted network, with the organization id")
def _():
    client = Salesforce(username=USER["username"], password=USER["password"], organizationId=SETUP["org"]["id"], version=VERSION)
    same(users(client), all_users())
    wrong = lambda: Salesforce(username=USER["username"], password=USER["password"], organizationId="00D000000000000", version=VERSION)
    same(raises(SalesforceAuthenticationFailed, wrong).code, "INVALID_LOGIN")


@scenario("login by username and password of a connected app")
def _():
    client = Salesforce(
        username=USER["username"],
        password=USER["password"],
        consumer_key=APP["clientId"],
        consumer_secret=APP["clientSecret"],
        version=VERSION,
    )
    same(users(client), all_users())


@scenario("login by JWT bearer")
def _():
    client = Salesforce(username=USER["username"], consumer_key=APP["clientId"], privatekey=SETUP["privateKey"], version=VERSION)
    same(users(client), all_users())


@scenario("login by client credentials at the My Domain")
def _():
    client = Salesforce(consumer_key=APP["clientId"], consumer_secret=APP["clientSecret"], domain="acme.my", version=VERSION)
    same(users(client), all_users())
    same(client.oauth2("userinfo")["preferred_username"], USER["username"])


@scenario("login to a sandbox, and to nothing else at its host")
def _():
    client = Salesforce(
        username=SANDBOX_USER["username"],
        password=SANDBOX_USER["password"],
        security_token=SANDBOX_USER["securityToken"],
        domain="test",
        version=VERSION,
    )
    same(client.is_sandbox(), True)
    same(sf().is_sandbox(), False)
    same(raises(SalesforceAuthenticationFailed, lambda: login(domain="test")).code, "INVALID_LOGIN")


@scenario("a session of somebody else, by instance and by its address")
def _():
    token = login().session_id
    host = SETUP["url"].removeprefix("http://")
    same(users(Salesforce(session_id=token, instance=host, version=VERSION)), all_users())
    same(users(Salesforce(session_id=token, instance_url=f"https://{host}", version=VERSION)), all_users())


@scenario("wrong passwords and unknown apps are refused")
def _():
    wrong = lambda: Salesforce(username=USER["username"], password="wrong", security_token="x", version=VERSION)
    same(raises(SalesforceAuthenticationFailed, wrong).code, "INVALID_LOGIN")
    wrong = lambda: Salesforce(
        username=USER["username"], password="wrong", consumer_key=APP["clientId"], consumer_secret=APP["clientSecret"]
    )
    same(raises(SalesforceAuthenticationFailed, wrong).code, "invalid_grant")
    wrong = lambda: Salesforce(consumer_key="nobody", consumer_secret="x", domain="acme.my")
    same(raises(SalesforceAuthenticationFailed, wrong).code, "invalid_client_id")
    wrong = lambda: Salesforce(consumer_key=APP["clientId"], consumer_secret="x", domain="acme.my")
    same(raises(SalesforceAuthenticationFailed, wrong).code, "invalid_client")


@scenario("an assertion for a user who let nobody in is refused, with advice")
def _():
    wrong = lambda: Salesforce(username="nobody@acme.example", consumer_key=APP["clientId"], privatekey=SETUP["privateKey"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        same(raises(SalesforceAuthenticationFailed, wrong).code, "invalid_grant")


@scenario("a session that ends in the middle is opened anew, for queries and for records")
def _():
    client = login()
    first = client.query(SELECT_FIELDS, headers=SMALL_PAGES)
    same((first["done"], len(first["records"])), (False, 200))
    end_sessions()
    before = client.session_id
    rest = client.query_more(first["nextRecordsUrl"], identifier_is_url=True)
    assert client.session_id != before
    assert not {record["Id"] for record in first["records"]} & {record["Id"] for record in rest["records"]}
    identifier = first["records"][0]["Id"]
    end_sessions()
    same(client.Account.get(identifier)["Id"], identifier)


# Describe


@scenario("describe lists the objects")
def _():
    listed = {entry["name"]: entry for entry in sf().describe()["sobjects"]}
    tables = {row["name"] for row in truth("SELECT tablename AS name FROM pg_tables WHERE schemaname = $1", SETUP["org"]["schema"])}
    same({name for name in listed if name not in tables}, set())
    same((listed["Account"]["keyPrefix"], listed["Account"]["custom"]), ("001", False))
    same(listed["JBCXM__GSRelationship__c"]["custom"], True)


@scenario("describe of an object names every column, with its type")
def _():
    described = {field["name"]: field for field in sf().Account.describe()["fields"]}
    columns = truth(
        "SELECT column_name AS name, data_type AS type FROM information_schema.columns WHERE table_schema = $1 AND table_name = 'Account'",
        SETUP["org"]["schema"],
    )
    same([row["name"] for row in columns if row["name"] not in described], [])
    kinds = {"boolean": {"boolean"}, "date": {"date"}, "integer": {"int"}, "numeric": {"double", "currency", "percent"}}
    for row in columns:
        if row["type"] in kinds:
            assert described[row["name"]]["type"] in kinds[row["type"]], row
    same(described["External_Key__c"]["externalId"], True)
    same(described["OwnerId"]["referenceTo"], ["User"])
    same(sf().Account.metadata()["objectDescribe"]["name"], "Account")


# Queries


@scenario("large: every page of a query is the storage's, by id and hash")
def _():
    result = sf().query_all(SELECT_FIELDS)
    assert result["totalSize"] >= LARGE, result["totalSize"]
    same(hashes(result["records"]), truth_hashes(), "accounts")


@scenario("large: queryAll brings the deleted ones too")
def _():
    records = list(sf().query_all_iter(SELECT_FIELDS + " WHERE Name != null", include_deleted=True))
    expected = truth_hashes("true")
    assert len(expected) > len(truth_hashes()), "nothing is deleted"
    same(hashes(records), expected, "accounts")


@scenario("a page is found by its identifier alone")
def _():
    first = sf().query("SELECT Id FROM Account", headers=SMALL_PAGES)
    identifier = first["nextRecordsUrl"].rsplit("/", 1)[1]
    second = sf().query_more(identifier)
    same([len(page["records"]) for page in (first, second)], [200, 200])
    same(second["totalSize"], first["totalSize"])


@scenario("a query quotes whatever stands in it")
def _():
    created = sf().Account.create({"Name": NASTY.split("\n")[0], "Description": NASTY})
    soql = format_soql("SELECT Id, Description FROM Account WHERE Name = {} AND CreatedDate > {}", NASTY.split("\n")[0], datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc))
    found = sf().query(soql)["records"]
    same([(record["Id"], record["Description"]) for record in found], [(created["id"], account(created["id"], "Description")["Description"])])
    like = format_soql("SELECT Id FROM Account WHERE Name LIKE '%{:like}%'", 'Quote "q", \'single')
    same([record["Id"] for record in sf().query(like)["records"]], [created["id"]])
    sf().Account.delete(created["id"])


@scenario("parents and children come inside of their record")
def _():
    parent = sf().Account.create({"Name": "Parent of contacts"})["id"]
    ids = [sf().Contact.create({"LastName": f"Child {index}", "AccountId": parent})["id"] for index in range(3)]
    soql = f"SELECT Id, Owner.Username, (SELECT Id, LastName FROM Contacts ORDER BY LastName) FROM Account WHERE Id = '{parent}'"
    [record] = sf().query(soql)["records"]
    same(record["Owner"]["Username"], USER["username"])
    same([child["Id"] for child in record["Contacts"]["records"]], ids)
    [contact] = sf().query(f"SELECT Account.Owner.Id FROM Contact WHERE Id = '{ids[0]}'")["records"]
    same(contact["Account"]["Owner"]["Id"], USER["id"])


@scenario("aggregates are those of the storage")
def _():
    found = sf().query("SELECT Industry, COUNT(Id) n, MAX(AnnualRevenue) most FROM Account GROUP BY Industry")["records"]
    rows = truth('SELECT "Industry" AS industry, count(*)::int AS n, max("AnnualRevenue")::float AS most FROM "Account" WHERE NOT "IsDeleted" GROUP BY 1')
    same({row["Industry"]: (row["n"], row["most"]) for row in found}, {row["industry"]: (row["n"], row["most"]) for row in rows})


# Records


@scenario("a record is created, read, changed and deleted")
def _():
    created = sf().Account.create({"Name": "Single", "Description": NASTY, "NumberOfEmployees": 7, "Strategic__c": True})
    same((created["success"], created["errors"]), (True, []))
    identifier = created["id"]
    got = sf().Account.get(identifier)
    same((got["Name"], got["NumberOfEmployees"], got["Strategic__c"]), ("Single", 7, True))
    same(got["Description"], account(identifier, "Description")["Description"])
    same(sf().Account.update(identifier, {"Name": "Changed", "NumberOfEmployees": None}), 204)
    same(account(identifier, "Name", "NumberOfEmployees"), {"Name": "Changed", "NumberOfEmployees": None})
    same(sf().Account.delete(identifier), 204)
    same(account(identifier, "IsDeleted"), {"IsDeleted": True})
    same(error_code(raises(SalesforceResourceNotFound, lambda: sf().Account.get(identifier))), "ENTITY_IS_DELETED")


@scenario("a record is found and upserted by its external id")
def _():
    same(sf().Account.upsert("External_Key__c/SS-1", {"Name": "First"}), 201)
    same(sf().Account.upsert("External_Key__c/SS-1", {"Name": "Second"}), 200)
    got = sf().Account.get_by_custom_id("External_Key__c", "SS-1")
    same((got["Name"], account(got["Id"], "Name")), ("Second", {"Name": "Second"}))


@scenario("what changed and what was deleted is told by time")
def _():
    kept = sf().Account.create({"Name": "Kept"})["id"]
    gone = sf().Account.create({"Name": "Gone"})["id"]
    sf().Account.delete(gone)
    now = datetime.datetime.now(datetime.timezone.utc)
    window = (now - datetime.timedelta(minutes=30), now + datetime.timedelta(minutes=5))
    assert kept in sf().Account.updated(*window)["ids"]
    assert gone in [entry["id"] for entry in sf().Account.deleted(*window)["deletedRecords"]]


@scenario("several records go in one call")
def _():
    records = [{"attributes": {"type": "Account"}, "Name": f"Collection {index}"} for index in range(150)]
    results = sf().restful("composite/sobjects", method="POST", data=json.dumps({"allOrNone": True, "records": records}))
    same([result["success"] for result in results], [True] * 150)
    ids = [result["id"] for result in results]
    rows = truth('SELECT "Id" AS id, "Name" AS name FROM "Account" WHERE "Id" = ANY($1)', ids)
    same({row["id"]: row["name"] for row in rows}, dict(zip(ids, [record["Name"] for record in records])))
    sf().restful("composite/sobjects", method="DELETE", params={"ids": ",".join(ids)})
    same(truth('SELECT count(*)::int AS n FROM "Account" WHERE "Id" = ANY($1) AND NOT "IsDeleted"', ids)[0]["n"], 0)


# Limits and refusals


@scenario("limits are told, and counted down by every call")
def _():
    first = sf().limits()["DailyApiRequests"]
    same(sf().api_usage["api-usage"], (first["Max"] - first["Remaining"], first["Max"]))
    users(sf())
    assert sf().limits()["DailyApiRequests"]["Remaining"] < first["Remaining"]


@scenario("the daily limit is a refusal")
def _():
    control("/faults", {"action": {"kind": "requestLimit", "which": "total"}})
    same(error_code(raises(SalesforceRefusedRequest, lambda: users(sf()))), "REQUEST_LIMIT_EXCEEDED")


@scenario("a bad query says where it is bad")
def _():
    error = raises(SalesforceMalformedRequest, lambda: sf().query("SELECT Id, Nope FROM Account"))
    same(error_code(error), "INVALID_FIELD")
    assert "ERROR at Row:1:Column:12" in error.content[0]["message"], error.content
    same(error_code(raises(SalesforceMalformedRequest, lambda: sf().query("SELECT Id FORM Account"))), "MALFORMED_QUERY")
    same(error_code(raises(SalesforceMalformedRequest, lambda: sf().query("SELECT Id FROM Nope"))), "INVALID_TYPE")


@scenario("bad records are refused with the field that is bad")
def _():
    error = raises(SalesforceMalformedRequest, lambda: sf().Account.create({"Description": "no name"}))
    same((error_code(error), error.content[0]["fields"]), ("REQUIRED_FIELD_MISSING", ["Name"]))
    error = raises(SalesforceMalformedRequest, lambda: sf().Account.create({"Name": "x" * 256}))
    same(error_code(error), "STRING_TOO_LONG")
    same(error_code(raises(SalesforceResourceNotFound, lambda: sf().Nope.get("001000000000000"))), "NOT_FOUND")


@scenario("an external id of several records is no address")
def _():
    for index in range(2):
        sf().Contact.create({"LastName": f"Twin {index}", "Email": "twins@example.com"})
    raises(SalesforceMoreThanOneRecord, lambda: sf().Contact.get_by_custom_id("Email", "twins@example.com"))


# Bulk API 1.0


def bulk_rows(prefix, count):
    return [
        {
            "Name": f"{prefix} {index}",
            "External_Key__c": f"{prefix}-{index}",
            "Description": f"{NASTY} {index}" if index % 3 else None,
            "NumberOfEmployees": index,
            "Strategic__c": index % 2 == 0,
        }
        for index in range(count)
    ]


def stored(prefix):
    rows = truth(
        'SELECT "Name", "External_Key__c", "Description", "NumberOfEmployees", "Strategic__c" FROM "Account" WHERE "External_Key__c" LIKE $1 AND NOT "IsDeleted"',
        f"{prefix}-%",
    )
    return {row["External_Key__c"]: row for row in rows}


def by_key(records):
    return {record["External_Key__c"]: record for record in records}


@scenario("Bulk 1.0 inserts with quotes, line ends and nulls, and says what failed")
def _():
    records = bulk_rows("SB", 50)
    results = sf().bulk.Account.insert(records + [{"Description": "nameless"}])
    same([result["success"] for result in results], [True] * 50 + [False])
    same(results[50]["errors"][0]["statusCode"], "REQUIRED_FIELD_MISSING")
    same(stored("SB"), by_key(records), "accounts")


@scenario("Bulk 1.0 inserts thousands in several batches")
def _():
    records = bulk_rows("SL", MANY)
    results = sf().bulk.Account.insert(records, batch_size=MANY // 3)
    same({result["success"] for result in results}, {True})
    same(len({result["id"] for result in results}), MANY)
    same(stored("SL"), by_key(records), "accounts")


@scenario("Bulk 1.0 updates and upserts, and tells them apart")
def _():
    ids = {row["key"]: row["id"] for row in truth('SELECT "External_Key__c" AS key, "Id" AS id FROM "Account" WHERE "External_Key__c" LIKE $1', "SB-%")}
    results = sf().bulk.Account.update([{"Id": ids[f"SB-{index}"], "Description": None, "Name": f"updated {index}"} for index in range(10)])
    same([(result["success"], result["created"]) for result in results], [(True, False)] * 10)
    same({stored("SB")[f"SB-{index}"]["Description"] for index in range(10)}, {None})
    records = [{"External_Key__c": f"SB-{index}", "Name": f"upserted {index}"} for index in range(45, 55)]
    results = sf().bulk.Account.upsert(records, "External_Key__c")
    same([result["created"] for result in results], [False] * 5 + [True] * 5)
    same([stored("SB")[record["External_Key__c"]]["Name"] for record in records], [record["Name"] for record in records])


@scenario("Bulk 1.0 deletes into the bin and past it")
def _():
    rows = truth('SELECT "Id" AS id FROM "Account" WHERE "External_Key__c" LIKE $1 ORDER BY 1 LIMIT 20', "SB-%")
    ids = [row["id"] for row in rows]
    same({result["success"] for result in sf().bulk.Account.delete([{"Id": one} for one in ids[:10]])}, {True})
    same({result["success"] for result in sf().bulk.Account.hard_delete([{"Id": one} for one in ids[10:]])}, {True})
    left = truth('SELECT "Id" AS id, "IsDeleted" AS deleted FROM "Account" WHERE "Id" = ANY($1) ORDER BY 1', ids)
    same([(row["id"], row["deleted"]) for row in left], [(one, True) for one in ids[:10]])


@scenario("Bulk 1.0 gives the request back beside its results")
def _():
    records = [{"Name": f"detailed {index}", "Owner": {"Username": USER["username"]}} for index in range(3)]
    results = sf().bulk.submit_dml("Account", "insert", records, include_detailed_results=True)
    same([(result["Name"], result["Owner.Username"]) for result in results], [(record["Name"], USER["username"]) for record in records])
    owners = truth('SELECT DISTINCT "OwnerId" AS owner FROM "Account" WHERE "Id" = ANY($1)', [result["id"] for result in results])
    same([row["owner"] for row in owners], [USER["id"]])


@scenario("large: Bulk 1.0 queries in several results, by id and hash")
def _():
    pages = list(sf().bulk.Account.query(SELECT_FIELDS, lazy_operation=True, wait=1))
    assert len(pages) >= 3, len(pages)
    same(hashes([record for page in pages for record in page]), truth_hashes(), "accounts")


@scenario("large: Bulk 1.0 queryAll brings the deleted ones too")
def _():
    same(hashes(sf().bulk.Account.query_all(SELECT_FIELDS, wait=1)), truth_hashes("true"), "accounts")


@scenario("Bulk 1.0 says why a query failed")
def _():
    error = raises(SalesforceGeneralError, lambda: sf().bulk.Account.query("SELECT Nope FROM Account", wait=1))
    assert "InvalidBatch : Failed to process query: INVALID_FIELD" in error.content, error.content
    same(sf().bulk.Account.query("SELECT Id FROM Account WHERE Name = 'nobody has this name'", wait=1), [])


@scenario("Bulk 1.0 refuses a session that ended, and takes the next one")
def _():
    client = login()
    end_sessions()
    error = raises(SalesforceMalformedRequest, lambda: client.bulk.Account.query("SELECT Id FROM Account LIMIT 1", wait=1))
    same(error.content["exceptionCode"], "InvalidSessionId")
    users(client)  # opens the next
    same(len(client.bulk.Account.query("SELECT Id FROM Account LIMIT 1", wait=1)), 1)


# Bulk API 2.0


def as_csv_rows(records):
    """Bulk API 2.0 takes texts; what is empty is left as it is."""
    return [{name: "" if value is None else str(value).lower() if isinstance(value, bool) else value for name, value in record.items()} for record in records]


@scenario("Bulk 2.0 inserts thousands by several jobs")
def _():
    records = bulk_rows("S2", MANY)
    jobs = sf().bulk2.Account.insert(records=as_csv_rows(records), batch_size=MANY // 3, wait=0.2)
    same([(job["numberRecordsProcessed"], job["numberRecordsFailed"]) for job in jobs], [(MANY // 3, 0)] * 3)
    same(stored("S2"), by_key(records), "accounts")


@scenario("Bulk 2.0 updates, upserts and deletes")
def _():
    rows = truth('SELECT "Id" AS id FROM "Account" WHERE "External_Key__c" LIKE $1 ORDER BY 1 LIMIT 30', "S2-%")
    ids = [row["id"] for row in rows]
    sf().bulk2.Account.update(records=[{"Id": one, "Name": f"two {one}"} for one in ids[:10]], wait=0.2)
    same([account(one, "Name")["Name"] for one in ids[:10]], [f"two {one}" for one in ids[:10]])
    sf().bulk2.Account.upsert(records=[{"External_Key__c": "S2-new", "Name": "new"}], external_id_field="External_Key__c", wait=0.2)
    same(stored("S2")["S2-new"]["Name"], "new")
    sf().bulk2.Account.delete(records=[{"Id": one} for one in ids[10:20]], wait=0.2)
    sf().bulk2.Account.hard_delete(records=[{"Id": one} for one in ids[20:]], wait=0.2)
    same([account(one, "IsDeleted") for one in ids[10:]], [{"IsDeleted": True}] * 10 + [None] * 10)


@scenario("Bulk 2.0 lists what succeeded, what failed and what was not touched")
def _():
    [job] = sf().bulk2.Account.insert(records=[{"Name": "good", "Site": "x"}, {"Name": "", "Site": "y"}], wait=0.2)
    same((job["numberRecordsProcessed"], job["numberRecordsFailed"]), (2, 1))
    lists = sf().bulk2.Account.get_all_ingest_records(job["job_id"])
    [good], [bad] = lists["successfulRecords"], lists["failedRecords"]
    same((good["Name"], good["sf__Created"], account(good["sf__Id"], "Site")), ("good", "true", {"Site": "x"}))
    same(bad["sf__Error"], "REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --")
    same(lists["unprocessedRecords"], [])


@scenario("large: Bulk 2.0 queries over several pages, by id and hash")
def _():
    pages = list(sf().bulk2.Account.query(SELECT_FIELDS, max_records=SETUP["pageRows"], wait=0.2))
    assert len(pages) >= 3, len(pages)
    same(hashes([record for page in pages for record in csv_records(page)]), truth_hashes(), "accounts")


@scenario("large: Bulk 2.0 queryAll brings the deleted ones too")
def _():
    pages = sf().bulk2.Account.query_all(SELECT_FIELDS, max_records=SETUP["pageRows"], wait=0.2)
    same(hashes([record for page in pages for record in csv_records(page)]), truth_hashes("true"), "accounts")


@scenario("large: Bulk 2.0 downloads into files")
def _():
    with tempfile.TemporaryDirectory() as folder:
        pages = sf().bulk2.Account.download(SELECT_FIELDS, folder, max_records=SETUP["pageRows"], wait=0.2)
        records = []
        for page in pages:
            with open(page["file"], encoding="utf-8", newline="") as file:
                found = csv_records(file.read())
            same(len(found), page["number_of_records"])
            records += found
    same(hashes(records), truth_hashes(), "accounts")


@scenario("Bulk 2.0 says why a job failed")
def _():
    message = "InternalServerError : Retried more than 15 times"
    control("/faults", {"action": {"kind": "jobFailed", "message": message}})
    error = raises(SalesforceOperationError, lambda: list(sf().bulk2.Account.query("SELECT Id FROM Account", wait=0.2)))
    assert message in str(error), error
    failed = lambda: sf().bulk2.Account.insert(records=[{"Name": "x", "Nope": "y"}], wait=0.2)
    assert "InvalidBatch : Field name not found : Nope" in str(raises(SalesforceOperationError, failed))
    refused = raises(SalesforceMalformedRequest, lambda: list(sf().bulk2.Account.query("SELECT COUNT() FROM Account", wait=0.2)))
    same(error_code(refused), "API_ERROR")


@scenario("Bulk 2.0 jobs are aborted and looked at")
def _():
    control("/faults", {"action": {"kind": "jobStuck"}})
    client = sf().bulk2.Account._client
    job = client.create_job("query", "SELECT Id FROM Account")
    same(client.abort_job(job["id"], True)["state"], "Aborted")
    same(client.get_job(job["id"], True)["state"], "Aborted")


if __name__ == "__main__":
    main()
