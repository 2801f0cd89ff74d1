import { loginUrlOf } from './login-url.ts';

export interface FirstFolder {
  /** Name of the connection. */
  readonly connection: string;
  /** `production`, `sandbox` or the address of a My Domain. */
  readonly org: string;
  /** As the folder is called in the repository, without a slash at its end. */
  readonly folder: string;
}

export interface NewFile {
  /** Relative to where the command was called. */
  readonly path: string;
  readonly text: string;
}

/** Returns the files that a team starts with: a connection, a page that says how to go on, and a workflow that plans on pull requests. */
export function firstFolder({ connection, org, folder }: FirstFolder): NewFile[] {
  const prefix = connection.replaceAll('-', '_').toUpperCase();
  return [
    { path: `${folder}/${connection}.yaml`, text: connectionFile({ connection, org, folder }, prefix) },
    { path: `${folder}/README.md`, text: readme(connection, folder, prefix) },
    { path: '.github/workflows/mooring-plan.yaml', text: workflow(folder) },
  ];
}

const connectionFile = ({ connection, org, folder }: FirstFolder, prefix: string): string =>
  `# yaml-language-server: $schema=${folder.replaceAll(/[^/]+/g, '..')}/node_modules/mooring/dist/config/schema/mooring.schema.json
version: 1
connection: ${connection}

salesforce:
  org: ${org} # ${loginUrlOf(org)}
  # Where the secrets lie, never the secrets: the worker and the server read these variables.
  clientId: { env: ${prefix}_CLIENT_ID }
  clientSecret: { env: ${prefix}_CLIENT_SECRET }

# Six jobs exist without being written: picklist-sync, user-sync, company-sync, company-person-sync, relationship-type-sync and
# relationship-sync. Change them here, key by key:
# jobs:
#   company-sync:
#     filter: Type = 'Customer'
#     map: { arr: ARR__c }

chains:
  nightly:
    schedule: { daily: '02:00', timezone: UTC, jitter: 5m }
    jobs: [picklist-sync, user-sync, company-sync, company-person-sync, relationship-type-sync, relationship-sync]
`;

const readme = (connection: string, folder: string, prefix: string): string => `# Salesforce to PostgreSQL

The connection \`${connection}\` and its jobs, kept by Mooring: \`npm install --save-dev mooring\`.

1. Make an app in Salesforce (Setup, External Client App Manager) with the callback \`<MOORING_URL>/oauth/callback\` and the scopes
   \`api\`, \`refresh_token\` and \`id\`.
2. Give the worker and the server its key and secret: \`${prefix}_CLIENT_ID\`, \`${prefix}_CLIENT_SECRET\`.
3. Change a file, then:

   \`\`\`sh
   mooring check ${folder}/        # every problem of all files, without any system
   mooring plan ${folder}/         # what would change, checked against the org and the database
   mooring apply ${folder}/        # does what the plan says
   mooring authorize ${connection} # once: somebody logs in and presses Allow
   \`\`\`

A pull request that changes \`${folder}/\` is checked and planned by \`.github/workflows/mooring-plan.yaml\`. It needs \`DATABASE_URL\`
and \`TEMPORAL_ADDRESS\` (with what your Temporal asks for), and neither Salesforce's secrets nor \`MOORING_KEY\`. Where it shall have
none of these, commit what \`mooring snapshot ${folder}/\` writes, and let it plan with \`--offline\`.
`;

const workflow = (folder: string): string => `name: mooring plan
on:
  pull_request:
    paths: ['${folder}/**']
permissions:
  contents: read
jobs:
  plan:
    runs-on: ubuntu-latest
    env:
      DATABASE_URL: \${{ secrets.MOORING_DATABASE_URL }}
      TEMPORAL_ADDRESS: \${{ secrets.TEMPORAL_ADDRESS }}
      TEMPORAL_NAMESPACE: \${{ secrets.TEMPORAL_NAMESPACE }}
      TEMPORAL_API_KEY: \${{ secrets.TEMPORAL_API_KEY }}
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with: { node-version: 20 }
      - run: npm ci
      - run: npx mooring check ${folder}/ --format github
      # 2 means that there are changes, which is what a pull request is for.
      - run: npx mooring plan ${folder}/ --format github || test $? -eq 2
      # Where no pull request may reach PostgreSQL and Temporal: commit what "mooring snapshot ${folder}/" writes, remove "env:" above, and
      # in place of the line before:
      # - run: npx mooring plan ${folder}/ --offline --format github || test $? -eq 2
`;
