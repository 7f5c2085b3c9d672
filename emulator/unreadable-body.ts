/** What Express's body parsers throw for a body that is too large or wrongly encoded. */
export type UnreadableBody = Error & { status: number };

export function isUnreadableBody(error: unknown): error is UnreadableBody {
  return (
    error instanceof Error && 'status' in error && typeof error.status === 'number' && error.status < 500
  );
}
