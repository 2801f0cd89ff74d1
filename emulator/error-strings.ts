/**
 * Every text that a real org answers with when it refuses, in one place: where documentation and observation disagree, it is
 * corrected here. Entries marked `unverified` come from general knowledge rather than from a page or a recorded reply.
 */
import { ApiError, OAuthError } from './api-error.ts';

/** `[status, error, error_description]` of the OAuth endpoints. */
const OAUTH = {
  accessDenied: [400, 'access_denied', 'end-user denied authorization'],
  expiredToken: [400, 'invalid_grant', 'expired access/refresh token'],
  expiredCode: [400, 'invalid_grant', 'expired authorization code'], // unverified
  invalidCode: [400, 'invalid_grant', 'invalid authorization code'], // unverified
  authenticationFailure: [400, 'invalid_grant', 'authentication failure'],
  invalidVerifier: [400, 'invalid_grant', 'invalid code verifier'], // unverified
  invalidAssertion: [400, 'invalid_grant', 'invalid assertion'],
  expiredAssertion: [400, 'invalid_grant', 'assertion has expired'], // unverified
  invalidAudience: [400, 'invalid_grant', 'Audience validation failed'],
  notApproved: [400, 'invalid_grant', "user hasn't approved this consumer"],
  wrongDomain: [400, 'invalid_grant', 'request not supported on this domain'], // unverified
  noClientCredentialsUser: [400, 'invalid_grant', 'no client credentials user enabled'], // unverified
  inactiveUser: [400, 'inactive_user', 'user is inactive'], // unverified
  inactiveOrg: [400, 'inactive_org', 'organization is inactive'], // unverified
  invalidClientId: [400, 'invalid_client_id', 'client identifier invalid'], // unverified
  invalidClient: [400, 'invalid_client', 'invalid client credentials'],
  redirectMismatch: [400, 'redirect_uri_mismatch', 'redirect_uri must match configuration'], // unverified
  unsupportedGrantType: [400, 'unsupported_grant_type', 'grant type not supported'],
  unsupportedResponseType: [400, 'unsupported_response_type', 'response type not supported'], // unverified
  mustPost: [400, 'invalid_request', 'must use HTTP POST'], // unverified
  missingChallenge: [400, 'invalid_request', 'missing required code challenge'], // unverified
  invalidChallengeMethod: [400, 'invalid_request', 'code challenge method not supported'], // unverified
  invalidScope: [400, 'invalid_scope', 'the requested scope is not allowed'], // unverified
  immediateUnsuccessful: [400, 'immediate_unsuccessful', 'immediate unsuccessful'], // unverified
  appBlocked: [400, 'OAUTH_APP_BLOCKED', 'this app is blocked by admin'], // unverified
  unsupportedTokenType: [400, 'unsupported_token_type', 'this token type is not supported'], // unverified
  invalidToken: [400, 'invalid_token', 'invalid token'], // unverified
} as const;

export function oauthError(key: keyof typeof OAUTH): OAuthError {
  const [status, error, description] = OAUTH[key];
  return new OAuthError(status, error, description);
}

export const missingParameter = (name: string): OAuthError =>
  new OAuthError(400, 'invalid_request', `missing required parameter: ${name}`);

/** `[status, errorCode, message]` of the data APIs, where nothing in the message varies. */
const API = {
  invalidSession: [401, 'INVALID_SESSION_ID', 'Session expired or invalid'],
  notFound: [404, 'NOT_FOUND', 'The requested resource does not exist'],
  unsupportedVersion: [410, 'UNSUPPORTED_API_VERSION', 'The requested API version is no longer supported.'], // unverified
  methodNotAllowed: [405, 'METHOD_NOT_ALLOWED', 'HTTP Method not allowed. Allowed are HEAD,GET,POST,PATCH,DELETE'], // unverified
  totalRequests: [403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.'],
  concurrentRequests: [403, 'REQUEST_LIMIT_EXCEEDED', 'ConcurrentRequests (Concurrent API Requests) Limit exceeded.'],
  tooManyRequests: [429, 'REQUEST_LIMIT_EXCEEDED', 'Too many requests, try again later.'], // unverified
  invalidLocator: [400, 'INVALID_QUERY_LOCATOR', 'invalid query locator'],
  replicationDate: [400, 'INVALID_REPLICATION_DATE', 'startDate and endDate must be at least one minute apart'], // unverified
  replicationStart: [400, 'INVALID_REPLICATION_DATE', 'start date must be within the replication window'], // unverified
  replicationParameters: [400, 'INVALID_REPLICATION_DATE', 'start and end must be dateTime values'], // unverified
  jobWrongVersion: [409, 'API_ERROR', 'The API version of the request does not match the API version of the job'], // unverified
  jobNotFinished: [400, 'INVALIDJOBSTATE', 'Results are not available: the job is not complete'], // unverified
  jobNotDeletable: [400, 'INVALIDJOBSTATE', 'Deleting not allowed while the job is in this state'], // unverified
  jobNotAbortable: [400, 'INVALIDJOBSTATE', 'Aborting already completed job not allowed'], // unverified
  jobState: [400, 'INVALIDJOBSTATE', "A query job can only be set to 'Aborted'"], // unverified
  jobNotOpen: [400, 'INVALIDJOBSTATE', 'The job is not open for uploads'], // unverified
  uploadedTwice: [400, 'CONTENT_ALREADY_UPLOADED', 'The job has its data already'], // unverified
  jobLocator: [400, 'API_ERROR', 'Invalid locator'], // unverified
  maxRecords: [400, 'API_ERROR', 'maxRecords must be a positive integer'], // unverified
  jsonParser: [400, 'JSON_PARSER_ERROR', 'The HTTP entity body is required, but this request has no entity body.'],
  tooManyRows: [
    400,
    'EXCEEDED_ID_LIMIT',
    'Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch',
  ],
  deleted: [404, 'ENTITY_IS_DELETED', 'entity is deleted'],
} as const;

export function apiError(key: keyof typeof API): ApiError {
  const [status, code, message] = API[key];
  return new ApiError(status, code, message);
}

/** `[exceptionCode, exceptionMessage]` of Bulk API 1.0, where nothing in the message varies. */
const ASYNC = {
  invalidSession: ['InvalidSessionId', 'Invalid session id'],
  invalidUrl: ['InvalidUrl', 'Destination URL not reset. The URL returned from login must be set'], // unverified
  tooLarge: ['ClientInputError', 'Failed to read request. Exceeded max size limit of 10000000'], // unverified but for the limit
  tooManyBatches: ['ExceededQuota', 'ApiBatchItems Limit exceeded.'],
  noSuchJob: ['InvalidJob', 'Unable to find a job with this id'], // unverified
  noSuchBatch: ['InvalidBatch', 'Unable to find a batch with this id'], // unverified
  noSuchResult: ['InvalidBatch', 'Unable to find a result with this id'], // unverified
  notCompleted: ['InvalidBatch', 'Batch not completed'], // unverified
  unreadableJob: ['InvalidJob', 'Unable to parse Job'],
  noRecords: ['InvalidBatch', 'Records not found'],
} as const;

export function asyncError(key: keyof typeof ASYNC): ApiError {
  const [code, message] = ASYNC[key];
  return new ApiError(400, code, message);
}

/** `[exceptionCode, exceptionMessage]` of the SOAP endpoints. */
export const SOAP_FAULTS = {
  invalidLogin: ['INVALID_LOGIN', 'Invalid username, password, security token; or user locked out.'],
  unsupported: (name: string): readonly [string, string] => [
    'UNSUPPORTED_API_VERSION',
    `The operation "${name}" is not available here.`,
  ], // unverified
} as const;

/** What comes instead of JSON while an org is being worked on. */
export const MAINTENANCE_PAGE = `<!DOCTYPE html>
<html><head><title>Server Unavailable</title></head>
<body><h1>We are down for maintenance.</h1><p>Sorry for the inconvenience. We'll be back shortly.</p></body></html>
`; // unverified

const CUSTOM_FIELD_HINT =
  "If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names.";
const CUSTOM_ENTITY_HINT =
  "If you are attempting to use a custom object, be sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names.";

/** Messages with a varying part; the caller decides status and code. */
export const MESSAGES = {
  noSuchColumn: (field: string, entity: string) =>
    `No such column '${field}' on entity '${entity}'. ${CUSTOM_FIELD_HINT}`,
  noSuchRelationship: (relationship: string) =>
    `Didn't understand relationship '${relationship}' in field path. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names.`,
  noSuchType: (name: string) => `sObject type '${name}' is not supported. ${CUSTOM_ENTITY_HINT}`,
  tooLong: (most: number) => `SOQL statements can not be longer than ${most} characters.`,
  unexpectedToken: (token: string) => `unexpected token: '${token}'`,
  strangeEscape: (literal: string, escape: string) =>
    `Invalid string literal ${literal}. Illegal character sequence '${escape}' in string literal.`, // unverified
  noBinding: 'Bind variables only allowed in Apex code',
  apexOnly: (words: string) => `${words} not allowed in this context`,
  notGroupable: (field: string) => `field '${field}' can not be grouped in a query call`,
  notSortable: (field: string) => `field '${field}' can not be sorted in a query call`,
  notFilterable: (field: string) => `field '${field}' can not be filtered in a query call`,
  notGrouped: (field: string) => `Field must be grouped or aggregated: ${field}`,
  noAggregate: (field: string, operator: string) => `field ${field} does not support aggregate operator ${operator}`,
  onlyRootAggregates: 'only root queries support aggregate expressions',
  onlyGroupsAlias: 'only aggregate expressions use field aliasing',
  duplicateAlias: (alias: string) => `duplicate alias: ${alias}`,
  duplicateField: (field: string) => `duplicate field selected: ${field}`,
  loneCount: 'COUNT() must be the only element of the SELECT list, without GROUP BY and ORDER BY', // unverified
  groupsHaveNoChildren: 'Grouped query cannot have a child query', // unverified
  mostGroupings: (by: string, most: number) => `GROUP BY ${by} takes at most ${most} fields`, // unverified
  invalidOperator: (type: string) => `invalid operator on ${type} field`,
  invalidId: (id: string) => `invalid ID field: ${id}`,
  noDate: (name: string, field: string) => `Function ${name} needs a date, and '${field}' is none`, // unverified
  invalidDate: (text: string) => `Invalid date: ${text}`, // unverified
  typeofOne: (relationship: string) => `TYPEOF is for relationships to several objects, which ${relationship} is not`, // unverified
  noSuchScope: (scope: string) => `The scope '${scope}' is not supported by this object`, // unverified
  noCategories: (entity: string) => `Data categories are not supported by entity '${entity}'`, // unverified
  notInConditions: (name: string) => `Function ${name} is not allowed in a condition`, // unverified
  semiJoinTop:
    'Semi join sub-selects are only allowed at the top level WHERE expressions and not in nested WHERE expressions.', // unverified
  semiJoinMost: 'Maximum 2 semi join sub-selects are allowed.', // unverified
  semiJoinSelf: 'The inner and outer selects should not be on the same object type', // unverified
  semiJoinClauses: 'Semi join sub-selects take no COUNT, FOR UPDATE, ORDER BY or LIMIT', // unverified
  semiJoinField: (field: string) => `Semi join sub-selects can only query id fields, cannot use: '${field}'`, // unverified
  semiJoinTypes: (inner: string, outer: string) =>
    `The selected field '${inner}' in the subquery and the left operand field in the where expression in the outer query '${outer}' should point to the same object type`,
  childDepth: (most: number) => `Child queries may be nested ${most} levels deep`, // unverified
  noColumnOnSobject: (field: string, object: string) => `No such column '${field}' on sobject of type ${object}`,
  requiredMissing: (fields: readonly string[]) => `Required fields are missing: [${fields.join(', ')}]`,
  stringTooLong: (label: string, value: string, length: number) =>
    `${label}: data value too large: ${value.slice(0, 20)} (max length=${length})`,
  readOnly: (fields: readonly string[]) =>
    `Unable to create/update fields: ${fields.join(', ')}. Please check the security settings of this field and verify that it is read/write for your profile or permission set.`,
  cannotParse: (value: string, type: string) =>
    `Cannot deserialize instance of ${type} from VALUE_STRING value ${value}`,
  duplicateValue: (field: string, id: string) =>
    `duplicate value found: ${field} duplicates value on record with id: ${id.slice(0, 15)}`,
  duplicateExternalId: (field: string, value: string) =>
    `${field}: more than one record found for external id field: ${value}`,
  foreignKeyNotFound: (field: string, value: string, entity: string) =>
    `Foreign key external ID: ${value} not found for field ${field} in entity ${entity}`,
  noExternalId: (field: string) => `Provided external ID field does not exist or is not accessible: ${field}`,
  tooManyRecords: (most: number) => `The number of records in the request exceeds the limit of ${most}.`,
  tooManyGraphs: (most: number) => `The request contains more than ${most} graphs.`, // unverified
  tooManyParts: (most: number) => `The request contains more than ${most} subrequests.`,
  noId: 'Id not specified in an update call',
  noKey: (field: string) => `${field} not specified`,
  noReference: (reference: string) => `Invalid reference specified. No value for ${reference} found.`,
  rolledBack: 'The transaction was rolled back since another operation in the same transaction failed.',
  halted: 'Batch processing halted per request',
  interrupted: 'InternalServerError : The job was interrupted.',
  broken: 'InternalServerError : The job could not be processed.', // unverified
  invalidValue: (what: string, value: unknown) => `Invalid value for ${what}: ${JSON.stringify(value)}`,
  noSuchEntity: (name: unknown) => `Unable to find object: ${String(name)}`,
  bulkUnsupported: (entity: string) => `Entity '${entity}' is not supported by the Bulk API.`,
  compoundInBulk: 'Selecting compound data not supported in Bulk Query',
  aggregateInBulk: 'Aggregate Relationships not supported in Bulk Query',
  groupInBulk: 'Aggregate queries and GROUP BY are not supported in Bulk Query',
  offsetInBulk: 'OFFSET is not supported in Bulk Query',
  functionInBulk: (name: string) => `Function ${name} is not supported in Bulk Query`,
  fieldsInBulk: 'The SOQL FIELDS function is not supported in Bulk Query',
  noSuchFieldInBatch: (name: string) => `Field name not found : ${name}`,
  onlyIds: (operation: string) => `The '${operation}' batch must contain only ids`,
  tooManyInBatch: (most: number) => `The batch contains more than ${most} records`, // unverified
  jobNotOpenForBatch: (state: string) =>
    `Failed to create batch, since the Job is not Open. Current job state is '${state}'`,
  jobAlready: (doing: string, state: string) => `${doing} already ${state} Job not allowed`, // unverified
  queryFailed: (reason: string) => `Failed to process query: ${reason}`,
  wrongObjectInBatch: (object: string, job: string) => `The query reads ${object}, but the job is one of ${job}`, // unverified
  noChunks: (object: string) => `PK chunking is not supported for the object ${object}`, // unverified
  noChunkedOrder: 'PK chunking only works with queries that have no clauses other than SELECT and WHERE', // unverified
  noRecordsFound: 'Records not found for this query',
  unexpected: (id: number) =>
    `An unexpected error occurred. Please include this ErrorId if you contact support: ${id}-00001 (-${id})`,
} as const;
