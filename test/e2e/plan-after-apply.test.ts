import { test } from 'node:test';
import { applyOneAfterTheOther } from './plan-after-apply.ts';

test('a plan after an apply is empty on the real parts, whatever was deployed before', () => applyOneAfterTheOther(3));
