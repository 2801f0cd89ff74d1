import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyFolder } from '../support/empty-folder.ts';
import { pythonWithClients } from './python-environment.ts';

test('without python3 one sentence says what is missing, and how to get it', async () => {
  const folder = await emptyFolder();
  await assert.rejects(pythonWithClients({ PATH: folder, MOORING_CACHE: folder }), (error: Error) => {
    assert.match(
      error.message,
      /need python3 with venv .* could not be installed: not there\. Install Python 3\.9 or newer/,
    );
    assert.equal(error.message.split('\n').length, 1);
    return true;
  });
});
