import type { FastifyError } from 'fastify';
import { ERRORS, MooringError } from '../domain/errors.ts';

/** What somebody outside may read of an error: our own sentence about the configuration, or `fallback`. */
export const publicMessage = (error: unknown, fallback: string): string =>
  error instanceof MooringError && ERRORS[error.code] === 'fix-config' ? error.message : fallback;

export const isClientFault = (error: unknown): error is FastifyError =>
  error instanceof Error && 'statusCode' in error && Number(error.statusCode) >= 400 && Number(error.statusCode) < 500;
