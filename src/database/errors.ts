/** The database cannot be reached, or cannot take the work now; trying again later makes sense. */
export class DatabaseUnavailableError extends Error {
  override readonly name = 'DatabaseUnavailableError';
}
