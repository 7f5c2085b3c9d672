/** The object that a text holds as JSON; an empty one if it does not. */
export function parseJsonObject(text: string): Partial<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text)) as Partial<Record<string, unknown>>;
  } catch {
    return {};
  }
}
