// Copies what the compiler leaves behind (YAML, SQL, JSON, CommonJS) beside the compiled code, so that `new URL('./x', import.meta.url)` holds in both.
import { cpSync, chmodSync } from 'node:fs';

const assets = /\.(yaml|sql|json|css|html|cjs)$/;
for (const folder of ['adapters', 'config', 'migrations', 'emulator', 'server']) {
  cpSync(folder, `dist/${folder}`, { recursive: true, filter: (path) => !path.includes('.') || assets.test(path) });
}
chmodSync('dist/cli/main.js', 0o755);
