/** One entry of the error array that every REST failure carries. */
export interface ApiErrorEntry {
  readonly errorCode: string;
  readonly message: string;
  readonly fields?: readonly string[];
}

/** A refusal of the data APIs, answered as `[{"message","errorCode"}]`. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly entry: ApiErrorEntry;

  constructor(status: number, errorCode: string, message: string, fields?: readonly string[]) {
    super(message);
    this.status = status;
    this.entry = fields === undefined ? { message, errorCode } : { message, errorCode, fields };
  }
}

/** A refusal of the OAuth endpoints, answered as `{"error","error_description"}`. */
export class OAuthError extends Error {
  override readonly name = 'OAuthError';
  readonly status: number;
  readonly error: string;

  constructor(status: number, error: string, description: string) {
    super(description);
    this.status = status;
    this.error = error;
  }
}
