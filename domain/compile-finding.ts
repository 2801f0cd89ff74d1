import { compileJob, type CompileInput } from './compile-job.ts';
import type { CompiledJob } from './compiled-job.ts';
import { MooringError } from './errors.ts';
import type { Finding } from './examination.ts';

/** Compiles a job, or returns what compiling refuses beside mappings, such as a company resolution by a field that Account lacks. */
export function compiledOrFinding(input: CompileInput): CompiledJob | Finding {
  try {
    return compileJob(input);
  } catch (error) {
    if (!(error instanceof MooringError)) throw error;
    return { severity: 'error', job: input.job.name, path: [], message: error.message };
  }
}
