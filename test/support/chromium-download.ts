import { execFile } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createBrotliDecompress } from 'node:zlib';
import type { Download } from '../../services/temporal-download.ts';
import { fetchNpmArchive, type NpmArchive } from './npm-archive.ts';

const run = promisify(execFile);

export const CHROMIUM_VERSION = '153.0.0';
/** The npm package that holds a headless Chromium for bare machines: all it needs beside libc comes with it. */
const ARCHIVE: NpmArchive = {
  name: '@sparticuz/chromium',
  version: CHROMIUM_VERSION,
  hash: 'jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA==',
};

/** 70 MB on a line of 1 Mbit/s take 10 minutes. */
export const DOWNLOAD_TIMEOUT_MS = 15 * 60_000;

const START = `#!/bin/sh
# Starts the browser beside this file with the libraries and the font that came with it.
here=$(dirname "$(readlink -f "$0")")
export LD_LIBRARY_PATH="$here/lib\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" FONTCONFIG_FILE="$here/fonts.conf"
exec "$here/chromium.bin" "$@"
`;

/** The machine's own fonts first, when it has any. */
const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir prefix="relative">fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`;

/** Lets npm fetch the package, checks its hash and unpacks it; resolves to a folder whose file `chromium` starts the browser. */
export const downloadByNpm: Download = async (draft, env) => {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(`the package is for Linux on x64, and this is ${process.platform} on ${process.arch}`);
  const options = { cwd: draft, env: { ...env }, timeout: DOWNLOAD_TIMEOUT_MS };
  const archive = await fetchNpmArchive(ARCHIVE, { folder: draft, env, timeoutMs: DOWNLOAD_TIMEOUT_MS });

  const folder = join(draft, 'browser');
  await mkdir(folder);
  await run('tar', ['-xzf', archive, '--strip-components=2', 'package/bin'], options);
  await unpack(join(draft, 'chromium.br'), join(folder, 'chromium.bin'));
  for (const part of ['al2023.tar', 'fonts.tar']) {
    await unpack(join(draft, `${part}.br`), join(draft, part));
    await run('tar', ['-xf', part, '-C', folder], options);
  }
  await writeFile(join(folder, 'chromium'), START);
  await writeFile(join(folder, 'fonts.conf'), FONTS);
  for (const program of ['chromium', 'chromium.bin']) await chmod(join(folder, program), 0o755);
  return folder;
};

const unpack = (from: string, to: string): Promise<void> =>
  pipeline(createReadStream(from), createBrotliDecompress(), createWriteStream(to));
