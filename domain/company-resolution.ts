import type { ResolutionPair } from './connection-spec.ts';

/** Which company an Account is. */
export type CompanyResolution =
  | {
      readonly status: 'one';
      readonly companyId: string;
      readonly name: string | null;
      /** 18 characters; the Account that won, when the one asked for was merged into it. Null while only another column says so. */
      readonly sfdcAccountId: string | null;
      /** The pair that led to it. */
      readonly matchedBy: ResolutionPair;
    }
  | {
      readonly status: 'none';
      /** Why, and what would change it, as a sentence or two. */
      readonly reason: string;
    }
  | {
      readonly status: 'several';
      readonly matchedBy: ResolutionPair;
      /** At most {@link MOST_CANDIDATES}, oldest first. */
      readonly candidates: readonly CompanyCandidate[];
    };

export interface CompanyCandidate {
  readonly companyId: string;
  readonly name: string | null;
}

/** Enough for a person to see what is doubled. */
export const MOST_CANDIDATES = 20;

/** What Company Sync stores once it knows which company an Account is. */
export const LINK: ResolutionPair = { account: 'Id', company: 'sfdc_account_id' };

export const isLink = ({ account, company }: ResolutionPair): boolean =>
  account === LINK.account && company === LINK.company;
