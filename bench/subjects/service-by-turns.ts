import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as admission from '../../src/clients/admission';

/** Short, so that what else the machine does meets both turns of a pair. */
const TURN_MS = 20;

const load = createRequire(join(process.env['SERVICE_DIRECTORY'] ?? '', 'main.js'));
const { Admission } = load('./clients/admission') as typeof admission;
const { prototype } = Admission;
// eslint-disable-next-line @typescript-eslint/unbound-method -- called on the object that it was asked of
const { admit } = prototype;

const limits = { requestsPerSecond: 0, burst: 0, requestsPerDay: 0 };
let isFull = true;
let requests = 0;

// One function for both, so that their callers are compiled alike.
prototype.admit = function (caller, req, res) {
  requests += 1;
  if (isFull) admit.call(this, caller, req, res);
  else req.admittedClient = { id: caller.clientId, name: null, limits };
};

/** Of each pair of turns: by how many microseconds a request took longer with registry, limits and usage. */
let differences: number[] = [];
let first: number | undefined;
let { user, system } = process.cpuUsage();

setInterval(() => {
  const now = process.cpuUsage();
  const perRequest = (now.user - user + now.system - system) / requests;
  ({ user, system } = now);
  requests = 0;
  const wasFull = isFull;
  if (first === undefined) {
    first = perRequest;
    isFull = !wasFull;
    return;
  }
  differences.push(wasFull ? perRequest - first : first - perRequest);
  first = undefined;
  // At random, so that nothing that recurs meets one of them alone.
  isFull = Math.random() < 0.5;
}, TURN_MS);

process.on('message', (question) => {
  if (question !== 'differences') return;
  process.send?.(differences);
  differences = [];
});

createRequire(__filename)('./service');
