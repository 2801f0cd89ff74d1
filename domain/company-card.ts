/** What somebody at an Account page wants to know of the company. Amounts are decimals as text, exact; days are ISO 8601. */
export interface CompanyCard {
  readonly name: string | null;
  readonly type: string | null;
  readonly industry: string | null;
  readonly status: string | null;
  readonly stage: string | null;
  readonly city: string | null;
  readonly country: string | null;
  readonly website: string | null;
  readonly phone: string | null;
  readonly employees: number | null;
  readonly annualRevenue: string | null;
  readonly arr: string | null;
  readonly mrr: string | null;
  /** ISO 4217; absent in orgs of one currency. */
  readonly currency: string | null;
  readonly renewalDate: string | null;
  readonly parent: string | null;
  readonly owner: string | null;
  readonly csm: string | null;
  readonly updatedAt: Date;
  readonly people: BoundedList<CardPerson>;
  readonly relationships: BoundedList<CardRelationship>;
}

/** The first {@link MOST_LISTED} of `total`. */
export interface BoundedList<Item> {
  readonly shown: readonly Item[];
  readonly total: number;
}

export interface CardPerson {
  readonly name: string | null;
  readonly title: string | null;
  readonly department: string | null;
  readonly email: string | null;
  readonly phone: string | null;
}

export interface CardRelationship {
  readonly name: string | null;
  readonly type: string | null;
  readonly status: string | null;
  readonly stage: string | null;
  readonly arr: string | null;
  readonly currency: string | null;
  readonly renewalDate: string | null;
}

/** Enough for a card in a page; whoever needs all reads the model. */
export const MOST_LISTED = 25;
