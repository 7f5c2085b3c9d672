/**
 * Waits until a promise has settled, for so many milliseconds at most.
 *
 * @returns whether it was fulfilled in that time
 */
export async function settled(promise: Promise<unknown>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, milliseconds, false);
  });
  const fulfilled = promise.then(
    () => true,
    () => false,
  );
  const inTime = await Promise.race([fulfilled, timeout]);
  clearTimeout(timer);
  return inTime;
}
