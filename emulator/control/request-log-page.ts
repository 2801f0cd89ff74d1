import { escapeHtml } from '../pages/html.ts';
import type { LoggedRequest } from './request-log.ts';

const COLUMNS = ['time', 'org', 'method', 'path', 'parameters', 'status', 'ms', 'fault'];

const cells = ({ at, org, method, path, query, status, durationMs, fault }: LoggedRequest): string[] => [
  new Date(at).toISOString().slice(11, 23),
  org ?? '',
  method,
  path,
  new URLSearchParams(query).toString(),
  String(status),
  String(durationMs),
  fault ?? '',
];

/** The log of requests for people at a browser, the newest first. */
export function requestLogPage(requests: readonly LoggedRequest[]): string {
  const row = (entry: LoggedRequest): string =>
    `<tr>${cells(entry)
      .map((cell) => `<td>${escapeHtml(cell)}</td>`)
      .join('')}</tr>`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Requests</title>
<style>
body { font: 14px/1.4 system-ui, sans-serif; margin: 1rem; }
table { border-collapse: collapse; }
th, td { text-align: left; vertical-align: top; padding: 0.15rem 0.75rem 0.15rem 0; border-bottom: 1px solid #ddd; }
td { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
</style>
</head>
<body>
<h1>Requests to the emulated org</h1>
<table>
<thead><tr>${COLUMNS.map((column) => `<th scope="col">${column}</th>`).join('')}</tr></thead>
<tbody>
${requests.toReversed().map(row).join('\n')}
</tbody>
</table>
</body>
</html>
`;
}
