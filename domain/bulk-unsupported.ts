/**
 * Objects that REST can query and Bulk API 2.0 refuses (`INVALIDENTITY`), in lower case. Salesforce publishes no list; this is the one
 * that Airbyte's connector collected from its users.
 */
const REFUSED_BY_BULK: ReadonlySet<string> = new Set([
  'acceptedeventrelation',
  'assettokenevent',
  'attachment',
  'casestatus',
  'contractstatus',
  'declinedeventrelation',
  'eventwhorelation',
  'fieldsecurityclassification',
  'keyworddefinition',
  'knowledgearticle',
  'knowledgearticleversion',
  'orderstatus',
  'partnerrole',
  'quotetemplaterichtextdata',
  'recentlyviewed',
  'servicepresencestatus',
  'solutionstatus',
  'taskpriority',
  'taskstatus',
  'taskwhorelation',
  'undecidedeventrelation',
  'workorderlineitemstatus',
  'workorderstatus',
  'userrecordaccess',
]);

/** Whether Bulk API 2.0 certainly cannot query the object. */
export const isRefusedByBulk = (object: string): boolean => REFUSED_BY_BULK.has(object.toLowerCase());
