/** What a check has found. */
export type Verdict =
  | { readonly status: 'ok'; readonly detail: string }
  | { readonly status: 'problem'; readonly detail: string; readonly cure: string }
  /** It could not be looked at; the detail says what was missing. */
  | { readonly status: 'skipped'; readonly detail: string };

export function ok(detail: string): Verdict {
  return { status: 'ok', detail };
}

export function problem(detail: string, cure: string): Verdict {
  return { status: 'problem', detail, cure };
}

export function skipped(detail: string): Verdict {
  return { status: 'skipped', detail };
}
