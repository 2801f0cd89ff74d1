import { test } from 'node:test';
import { applyOneAfterTheOther } from './plan-after-apply.ts';

test('after twenty generated configurations, each plan after its apply is empty', () => applyOneAfterTheOther(20));
