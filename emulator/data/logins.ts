import type { LoginOptions, OrgOptions } from '../contract.ts';

/** Returns the people who can log in: those of the options, else one administrator. */
export const loginsOf = (options: OrgOptions): readonly LoginOptions[] =>
  options.users ?? [
    { username: `admin@${options.name}.example`, password: 'emulator', firstName: 'Ada', lastName: 'Admin' },
  ];
