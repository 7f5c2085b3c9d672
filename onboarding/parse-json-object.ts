/** Parses a JSON object; gives an empty one if the text holds none. */
export function parseJsonObject(text: string): Partial<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text)) as Partial<Record<string, unknown>>;
  } catch {
    return {};
  }
}
