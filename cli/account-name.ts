import { userInfo } from 'node:os';

/** Who runs this command, for the audit; some accounts of containers have no name. */
export function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}
