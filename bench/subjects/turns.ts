/** Short, so that what else the machine does meets both turns of a pair. */
const TURN_MS = 20;

/** The part of a program that is in force by turns: with one function for both, so that its callers are compiled alike. */
export const part = {
  isOn: true,
  /** Requests of this turn, counted where the part is put in force. */
  requests: 0,
};

/** Of each pair of turns: by how many microseconds a request took longer with the part. */
let differences: number[] = [];
let first: number | undefined;
let { user, system } = process.cpuUsage();

setInterval(() => {
  const now = process.cpuUsage();
  const perRequest = (now.user - user + now.system - system) / part.requests;
  ({ user, system } = now);
  part.requests = 0;
  const wasOn = part.isOn;
  if (first === undefined) {
    first = perRequest;
    part.isOn = !wasOn;
    return;
  }
  differences.push(wasOn ? perRequest - first : first - perRequest);
  first = undefined;
  // At random, so that nothing that recurs meets one of them alone.
  part.isOn = Math.random() < 0.5;
}, TURN_MS);

process.on('message', (question) => {
  if (question !== 'differences') return;
  process.send?.(differences);
  differences = [];
});
