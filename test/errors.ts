import assert from 'node:assert/strict';
import { MooringError, type ErrorCode } from '../domain/errors.ts';

/** For `assert.rejects` and `assert.throws`: accepts a MooringError of this code and fails with the real error otherwise. */
export const hasCode =
  (code: ErrorCode) =>
  (error: unknown): true => {
    assert.ok(error instanceof MooringError, error instanceof Error ? error : String(error));
    assert.equal(error.code, code, error.message);
    return true;
  };
