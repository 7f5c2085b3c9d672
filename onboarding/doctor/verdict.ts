/** The result of a check. */
export type Verdict =
  | { readonly status: 'ok'; readonly detail: string }
  | { readonly status: 'problem'; readonly detail: string; readonly fix: string }
  /** It could not be checked; the detail says why. */
  | { readonly status: 'skipped'; readonly detail: string };

export function ok(detail: string): Verdict {
  return { status: 'ok', detail };
}

export function problem(detail: string, fix: string): Verdict {
  return { status: 'problem', detail, fix };
}

export function skipped(detail: string): Verdict {
  return { status: 'skipped', detail };
}
